import { portDeleted } from './notify.ts';
import type { DeadEntry, OnceEntry, Port, PortEntry, Right } from './records.ts';
import { leaveSet } from './set.ts';
import { unlink } from './space.ts';
import type { State } from './state.ts';
import { endReceives } from './waiters.ts';

/** Moves one user reference out of a space; the last one takes the entry's own send right along. `unwanted`: see `portDeleted`. */
export function takeSend(state: State, entry: PortEntry, unwanted: Port | null = null): Right {
  entry.sends -= 1;
  if (entry.sends > 0) entry.port.srights += 1;
  else if (!entry.receive) portDeleted(state, unlink(entry), entry.name, unwanted);
  return { kind: 'send', port: entry.port };
}

export function takeOnce(state: State, entry: OnceEntry, unwanted: Port | null = null): Right {
  portDeleted(state, unlink(entry), entry.name, unwanted);
  return { kind: 'once', once: entry.once };
}

/** The send references stay, under the same name. What was delivered and not taken is the caller's to take back: `takeBack`. */
export function takeReceive(state: State, entry: PortEntry): Right {
  detachReceive(state, entry);
  if (entry.sends === 0) portDeleted(state, unlink(entry), entry.name);
  return { kind: 'receive', port: entry.port };
}

/** The receive right leaves its task, to be sent or to end: it is in nobody's hands, and nothing of the task's receives from it. */
export function detachReceive(state: State, entry: PortEntry): void {
  const { port } = entry;
  leaveSet(port);
  endReceives(state, port.waiting, 'MACH_RCV_PORT_DIED');
  port.serving = false;
  port.draining = false;
  entry.receive = false;
  port.owner = { kind: 'transit', to: null };
  for (const counter of state.rules.resetsOnMove) port[counter] = 0;
}

export function dropDeadReference(entry: DeadEntry): void {
  entry.urefs -= 1;
  if (entry.urefs === 0) unlink(entry);
}
