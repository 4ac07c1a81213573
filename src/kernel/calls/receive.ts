import type { Code } from '../../errors.ts';
import type { Port, PortSet, Space } from '../records.ts';
import { mayRequest } from '../port.ts';
import type { State } from '../state.ts';
import { nextOf, takeNext } from '../take-next.ts';
import { NULL_NAME } from '../types.ts';
import type { Name, Result } from '../types.ts';

/** mach.md §8. The messages of a member go to its set, and those of what is served to its server: `MACH_RCV_IN_SET`. */
export function receive(
  state: State,
  space: Space,
  trap: { name: Name; receiveId: number; maxBytes: number; large: boolean; poll: boolean; notify: Name },
): Result {
  const { receiveId, maxBytes, large, notify } = trap;
  const found = findSource(space, trap.name);
  if ('code' in found) return found;
  const { from } = found;
  if (space.receives.has(receiveId)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (notify !== NULL_NAME && !mayRequest(state, space)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const next = nextOf(from);
  if (next !== undefined) return takeNext(state, next, { maxBytes, large, notify });
  if (trap.poll) return { code: 'MACH_RCV_TIMED_OUT' };
  if (space.receives.size >= state.limits.waitingReceives) return { code: 'KERN_RESOURCE_SHORTAGE' };
  space.receives.set(receiveId, from.waiting.push({ space, receiveId, on: from, maxBytes, large, notify }));
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
  place.value.on.waiting.remove(place);
  return { code };
}

function findSource(space: Space, name: Name): { from: Port | PortSet } | { code: Code } {
  const entry = space.entries.get(name);
  if (entry?.kind === 'set') return entry.serving ? { code: 'MACH_RCV_IN_SET' } : { from: entry };
  if (entry?.kind !== 'port' || !entry.receive) return { code: 'MACH_RCV_INVALID_NAME' };
  const { port } = entry;
  return port.serving || port.set !== null ? { code: 'MACH_RCV_IN_SET' } : { from: port };
}
