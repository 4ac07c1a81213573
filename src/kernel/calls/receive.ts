import { takeNext } from '../deliver.ts';
import type { Space } from '../records.ts';
import type { State } from '../state.ts';
import type { Name, Result } from '../types.ts';

/** mach.md §8. The messages of a serving port go to its server, as those of a member go to its set: `MACH_RCV_IN_SET`. */
export function receive(
  state: State,
  space: Space,
  trap: { name: Name; receiveId: number; maxBytes: number; large: boolean; poll: boolean },
): Result {
  const { receiveId, maxBytes, large } = trap;
  const entry = space.entries.get(trap.name);
  if (entry?.kind !== 'port' || !entry.receive) return { code: 'MACH_RCV_INVALID_NAME' };
  const { port } = entry;
  if (port.serving) return { code: 'MACH_RCV_IN_SET' };
  if (space.receives.has(receiveId)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (port.queue.size > 0 || trap.poll) return takeNext(state, entry, { maxBytes, large });
  space.receives.set(receiveId, port.waiting.push({ space, receiveId, port, maxBytes, large }));
  return { code: 'waiting' };
}

export function receiveCancel(
  _state: State,
  space: Space,
  { receiveId, code }: { receiveId: number; code: 'MACH_RCV_TIMED_OUT' | 'MACH_RCV_INTERRUPTED' },
): Result {
  const place = space.receives.get(receiveId);
  if (place === undefined) return { code: 'KERN_INVALID_ARGUMENT' };
  space.receives.delete(receiveId);
  place.value.port.waiting.remove(place);
  return { code };
}
