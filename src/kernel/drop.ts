import { killPort } from './death.ts';
import { loseSender, portDeleted, sendOnceUnused } from './notify.ts';
import type { Entry, OnceEntry, PortEntry } from './records.ts';
import { unlink } from './space.ts';
import type { State } from './state.ts';

/** Drops everything a name denotes, all references at once (mach.md §3 `destroy`, §11, §14). */
export function destroyEntry(state: State, entry: Entry): void {
  if (entry.kind === 'dead') unlink(entry);
  else if (entry.kind === 'once') dropOnce(state, entry);
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

/** The port dies. With send references left, the name stays behind as a dead name like everybody else's. */
export function dropReceive(state: State, entry: PortEntry): void {
  if (entry.sends > 0) killPort(state, entry.port);
  else destroyPortEntry(state, entry);
}

/** The send right goes first: a registered no-senders fires as such before the port dies (mach.md §11). */
function destroyPortEntry(state: State, entry: PortEntry): void {
  const request = unlink(entry);
  if (entry.sends > 0) loseSender(state, entry.port);
  if (entry.receive) killPort(state, entry.port);
  portDeleted(state, request, entry.name);
}
