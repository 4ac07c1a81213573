import { type Machine, stirObject } from './machine.ts';
import type { MemoryObject } from './state.ts';
import { isUsed, startTermination } from './terminate.ts';

/** Whether one more object may be in use. Where it gets full, the one that has been kept longest for its pager's sake goes (P14). */
export function hasObjectRoom(m: Machine, wanted: MemoryObject | null): boolean {
  const { objects } = m.state;
  const others = wanted === null || isUsed(wanted) ? objects.size : objects.size - 1;
  if (others < m.limits.objects) return true;
  let inUse = 0;
  let kept: MemoryObject | null = null;
  for (const object of objects.values()) {
    if (isUsed(object) || object.current !== null) inUse += 1;
    else if (object !== wanted && object.status === 'ready') kept ??= object;
  }
  if (inUse >= m.limits.objects) return false;
  if (kept !== null) {
    startTermination(m, kept);
    stirObject(m, kept);
  }
  return true;
}
