import type { Machine } from '../machine.ts';
import type { FutexKey } from './types.ts';
import { forgetIfIdle, futexAt } from './records.ts';

/** Who sleeps on a word, oldest first. Those on a word of one task alone are never met by a wakeup for all, nor the other way (§2.8). */
export function sleepersOf(m: Machine, { object, offset, local }: FutexKey): number[] {
  if (local !== null) return m.state.sleepers.get(local) ?? [];
  return m.state.objects.get(object)?.futexes.get(offset)?.sleepers ?? [];
}

export function setSleepers(m: Machine, key: FutexKey, sleepers: number[]): void {
  if (key.local !== null) {
    if (sleepers.length === 0) m.state.sleepers.delete(key.local);
    else m.state.sleepers.set(key.local, sleepers);
    return;
  }
  const object = m.state.objects.get(key.object);
  if (object === undefined) return;
  const [oldest] = sleepers;
  const sleeper = oldest === undefined ? undefined : m.state.calls.get(oldest);
  const known = object.futexes.get(key.offset);
  const futex = sleeper === undefined ? known : futexAt(m, object, key.offset, sleeper.task);
  if (futex === undefined) return;
  futex.sleepers = sleepers;
  forgetIfIdle(m, object, key.offset);
}
