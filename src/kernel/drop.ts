import { endPort } from './death.ts';
import { takeBack } from './hand-back.ts';
import { loseSender, portDeleted, sendOnceUnused } from './notify.ts';
import { hasBackup } from './port.ts';
import type { Entry, OnceEntry, PortEntry, PortSet } from './records.ts';
import { leaveSet } from './set.ts';
import { unlink } from './space.ts';
import type { State } from './state.ts';
import { detachReceive } from './take.ts';
import { endReceives } from './waiters.ts';

/** Drops everything a name denotes, all references at once (mach.md §3 `destroy`, §11, §14). */
export function destroyEntry(state: State, entry: Entry): void {
  if (entry.kind === 'dead') unlink(entry);
  else if (entry.kind === 'once') dropOnce(state, entry);
  else if (entry.kind === 'set') dropSet(state, entry);
  else destroyPortEntry(state, entry);
}

/** Drops user references of a send right; the last takes the right, and the name too unless it is also the receive right. */
export function dropSends(state: State, entry: PortEntry, count: number): void {
  entry.sends -= count;
  if (entry.sends > 0) return;
  const request = entry.receive ? null : unlink(entry);
  loseSender(state, entry.port);
  portDeleted(state, request, entry.name);
}

export function dropOnce(state: State, entry: OnceEntry): void {
  const request = unlink(entry);
  sendOnceUnused(state, entry.once, 'in hand');
  portDeleted(state, request, entry.name);
}

/**
 * With send references left the name stays behind: as a dead name like everybody else's, or, if the port went to its backup, as
 * the live send right that it is.
 */
export function dropReceive(state: State, entry: PortEntry): void {
  if (entry.sends > 0) endReceiveRight(state, entry);
  else destroyPortEntry(state, entry);
}

/** The members live on, each with its own messages (mach.md §13). */
export function dropSet(state: State, set: PortSet): void {
  const { space } = set;
  unlink(set);
  endReceives(state, set.waiting, 'MACH_RCV_PORT_DIED');
  for (const port of set.members) {
    leaveSet(port);
    port.draining = false;
    takeBack(state, space, port, space.dead ? 'unknown' : 'untouched');
  }
}

/** The send right goes first: a registered no-senders fires as such before the port dies (mach.md §11). */
function destroyPortEntry(state: State, entry: PortEntry): void {
  const request = unlink(entry);
  if (entry.sends > 0) loseSender(state, entry.port);
  if (entry.receive) endReceiveRight(state, entry);
  portDeleted(state, request, entry.name);
}

/** What its server did not take goes along to the backup; with the port's death it is the server's own affair. */
function endReceiveRight(state: State, entry: PortEntry): void {
  const { port, space } = entry;
  detachReceive(state, entry);
  if (hasBackup(port)) takeBack(state, space, port, space.dead ? 'unknown' : 'untouched');
  endPort(state, port);
}
