import { takeBack } from '../hand-back.ts';
import { findReceive, isServedByOther } from '../lookup.ts';
import type { Refusal } from '../lookup.ts';
import type { PortSet, Space } from '../records.ts';
import { joinSet, leaveSet } from '../set.ts';
import type { State } from '../state.ts';
import { NULL_NAME } from '../types.ts';
import type { Name, Result } from '../types.ts';
import { endReceives } from '../waiters.ts';

/**
 * Out of one set and into another at once, or out of any (mach.md §3, §13). The port stops being served by itself or by its old set:
 * what its task had not taken is queued again, and goes to whoever receives from it now.
 */
export function moveMember(
  state: State,
  space: Space,
  { member, set: name }: { member: Name; set: Name },
  caller: Space,
): Result {
  const found = findReceive(space, member);
  if ('code' in found) return found;
  const { port } = found.entry;
  const target = name === NULL_NAME ? { set: null } : findSet(space, name);
  if ('code' in target) return target;
  const { set } = target;
  if (set === port.set) return { code: set === null ? 'KERN_NOT_IN_SET' : 0 };
  if (isServedByOther(found.entry, caller)) return { code: 'KERN_FAILURE' };
  leaveSet(port);
  port.serving = false;
  port.draining = false;
  takeBack(state, space, port, 'untouched');
  if (set !== null) {
    endReceives(state, port.waiting, 'MACH_RCV_PORT_CHANGED');
    joinSet(port, set);
    state.stirred.push(port);
  }
  return { code: 0 };
}

export function getSetStatus(_state: State, space: Space, { name }: { name: Name }): Result {
  const found = findSet(space, name);
  if ('code' in found) return found;
  const names: Name[] = [];
  for (const { owner } of found.set.members) if (owner.kind === 'task') names.push(owner.entry.name);
  return { code: 0, names };
}

function findSet(space: Space, name: Name): { set: PortSet } | Refusal {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  return entry.kind === 'set' ? { set: entry } : { code: 'KERN_INVALID_RIGHT' };
}
