import { loseSender } from './notify.ts';
import { chargePort, makeOnce, mayRequest } from './port.ts';
import type { LiveRight, OnceEntry, Port, PortEntry, Right, Space } from './records.ts';
import { arrivalOf, isLive, release } from './right.ts';
import { addOnceEntry, addPortEntry, freshName, hasRoom } from './space.ts';
import type { State } from './state.ts';
import { DEAD_NAME, NULL_NAME } from './types.ts';
import type { ArrivedRight, Name } from './types.ts';

/**
 * Puts a right into a space (mach.md §5) and tells its name. A right whose port died arrives as DEAD and leaves no entry; one
 * that the space has no room for is destroyed and arrives as NULL. With `notify`, one that gets a name of its own has a dead-name request
 * from its first moment on, to be told there (§8 RCV_NOTIFY).
 */
export function copyout(state: State, space: Space, right: Right, notify: Port | null = null): ArrivedRight {
  if (right.kind === 'none') return { disp: right.disp, name: right.name };
  const disp = arrivalOf(right);
  if (!isLive(right)) return { disp, name: DEAD_NAME };
  if (!fits(state, space, right)) {
    release(state, right, 'in hand');
    return { disp, name: NULL_NAME };
  }
  const known = nameToJoin(state, space, right);
  const entry = land(state, space, right, known?.name ?? freshName(space));
  if (notify !== null && known === undefined && mayRequest(state, space)) {
    entry.request = { notify: makeOnce(notify, space, 0, 'requests'), since: state.nextRequest++, sendPossible: false };
  }
  return { disp, name: entry.name };
}

/** Whether copyout can give the right a name. */
export function fits(state: State, space: Space, right: Right): boolean {
  if (!isLive(right)) return true;
  if (right.kind === 'receive' && !mayHold(state, space, right.port)) return false;
  return hasRoom(state, space) || nameToJoin(state, space, right) !== undefined;
}

/** Whether the space may have one more receive right; one that it is charged for already is no more. */
export function mayHold(state: State, space: Space, port: Port): boolean {
  return port.charged === space || space.ports < state.limits.portsPerTask;
}

/** The entry that the right would coalesce with. */
export function nameToJoin(state: State, space: Space, right: Right): PortEntry | undefined {
  if (right.kind !== 'send' && right.kind !== 'receive') return undefined;
  return state.rules.coalesces(right.kind) ? right.port.holders.get(space) : undefined;
}

/** The right is the space's now, under `name`: that of the entry it joins, or a free one. */
export function land(state: State, space: Space, right: LiveRight, name: Name): PortEntry | OnceEntry {
  if (right.kind === 'once') return addOnceEntry(space, name, right.once);
  const known = nameToJoin(state, space, right);
  if (right.kind === 'receive') return landReceive(space, right.port, known, name);
  if (known === undefined) return addPortEntry(space, name, right.port, { sends: 1, receive: false });
  return joinSend(state, known);
}

function landReceive(space: Space, port: Port, known: PortEntry | undefined, name: Name): PortEntry {
  const entry = known ?? addPortEntry(space, name, port, { sends: 0, receive: true });
  entry.receive = true;
  chargePort(port, space);
  port.owner = { kind: 'task', entry };
  return entry;
}

/** One more user reference on a name for the same port. At the maximum it stays there and the extra right is dropped. */
function joinSend(state: State, entry: PortEntry): PortEntry {
  // The entry counts once in srights, however many references it has: the arriving right is either its first or surplus.
  if (entry.sends > 0) loseSender(state, entry.port);
  if (entry.sends < state.rules.maxSendUrefs) entry.sends += 1;
  return entry;
}
