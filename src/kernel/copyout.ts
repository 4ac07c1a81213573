import { loseSender } from './notify.ts';
import type { Destination, PortEntry, Right, SendOnce, Space } from './records.ts';
import { isLive, release } from './right.ts';
import { addOnceEntry, addPortEntry, freshName, hasRoom } from './space.ts';
import type { State } from './state.ts';
import { DEAD_NAME, DISP, NULL_NAME } from './types.ts';
import type { ArrivedRight, Name } from './types.ts';

/**
 * Puts a right into a space (mach.md §5) and tells its name. A right whose port died arrives as DEAD and leaves no entry; one
 * that the space has no room for is destroyed and arrives as NULL.
 */
export function copyout(state: State, space: Space, right: Right): ArrivedRight {
  if (right.kind === 'null') return { disp: right.disp, name: NULL_NAME };
  if (right.kind === 'dead') return { disp: right.disp, name: DEAD_NAME };
  const disp = right.kind === 'send' ? DISP.MOVE_SEND : DISP.MOVE_SEND_ONCE;
  if (!isLive(right)) return { disp, name: DEAD_NAME };
  if (!fits(state, space, right)) {
    release(state, right, 'in hand');
    return { disp, name: NULL_NAME };
  }
  return { disp, name: right.kind === 'send' ? copyoutSend(state, space, right) : copyoutOnce(space, right.once) };
}

/** Whether copyout can give the right a name. */
export function fits(state: State, space: Space, right: Right): boolean {
  return !isLive(right) || hasRoom(state, space) || nameToJoin(state, space, right) !== undefined;
}

/** The entry that the right would coalesce with. */
export function nameToJoin(state: State, space: Space, right: Right): PortEntry | undefined {
  return right.kind === 'send' && state.rules.coalesces(right.kind) ? right.port.holders.get(space) : undefined;
}

/** One more user reference on a name for the same port. At the maximum it stays there and the extra right is dropped. */
export function joinSend(state: State, entry: PortEntry): void {
  // The entry counts once in srights, however many references it has: the arriving right is either its first or surplus.
  if (entry.sends > 0) loseSender(state, entry.port);
  if (entry.sends < state.rules.maxSendUrefs) entry.sends += 1;
}

function copyoutSend(state: State, space: Space, right: Destination & { kind: 'send' }): Name {
  const known = nameToJoin(state, space, right);
  if (known === undefined) return addPortEntry(space, freshName(space), right.port, { sends: 1, receive: false }).name;
  joinSend(state, known);
  return known.name;
}

function copyoutOnce(space: Space, once: SendOnce): Name {
  return addOnceEntry(space, freshName(space), once).name;
}
