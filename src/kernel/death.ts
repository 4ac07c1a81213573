import { emit } from './effects.ts';
import { notify, sendOnceUnused } from './notify.ts';
import { uncharge } from './queue.ts';
import type { OnceEntry, Port, PortEntry } from './records.ts';
import { destroyMessage } from './right.ts';
import { addDeadEntry } from './space.ts';
import type { State } from './state.ts';
import { NOTIFY } from './types.ts';

/** mach.md §11, in its order. The owner's entry must be gone already if nothing of it is to remain as a dead name. */
export function killPort(state: State, port: Port): void {
  if (port.owner.kind === 'task') port.owner.entry.space.ports -= 1;
  port.owner = { kind: 'dead' };
  endReceives(state, port);
  endBlockedSends(state, port);
  if (port.noSenders !== null) sendOnceUnused(state, port.noSenders, 'in hand');
  port.noSenders = null;
  destroyQueue(state, port);
  leaveDeadNames(state, port);
}

/** Receivers that wait on a port whose receive right is no longer theirs. */
function endReceives(state: State, port: Port): void {
  for (let waiter = port.waiting.shift(); waiter !== undefined; waiter = port.waiting.shift()) {
    const { space, receiveId } = waiter;
    space.receives.delete(receiveId);
    emit(state, space, { type: 'received', task: space.id, receiveId, code: 'MACH_RCV_PORT_DIED' });
  }
}

/** A send is over once it was accepted: what becomes of the message is no failure of the sender's (§7.5). */
function endBlockedSends(state: State, port: Port): void {
  for (let send = port.blocked.shift(); send !== undefined; send = port.blocked.shift()) {
    const { space, sendId, message } = send;
    space.sends.delete(sendId);
    emit(state, space, { type: 'sent', task: space.id, sendId, code: 0 });
    destroyMessage(state, message);
  }
}

/** Delivered messages are in the task's hands, their rights too; only what is still here is destroyed. */
function destroyQueue(state: State, port: Port): void {
  for (let m = port.delivered.shift(); m !== undefined; m = port.delivered.shift()) uncharge(m);
  for (let m = port.queue.shift(); m !== undefined; m = port.queue.shift()) destroyMessage(state, m);
}

function leaveDeadNames(state: State, port: Port): void {
  const entries: (PortEntry | OnceEntry)[] = [...port.holders.values()];
  for (let once = port.onces.shift(); once !== undefined; once = port.onces.shift()) {
    if (once.entry !== null) entries.push(once.entry);
  }
  port.holders.clear();
  port.tagged = null;
  for (const entry of entries) toDeadName(state, entry);
  const watched = entries.flatMap(({ request, name }) => (request === null ? [] : [{ ...request, name }]));
  watched.sort((a, b) => a.since - b.since);
  for (const { notify: once, name } of watched) notify(state, once, { id: NOTIFY.DEAD_NAME, name });
}

function toDeadName(state: State, entry: PortEntry | OnceEntry): void {
  const urefs = entry.kind === 'port' ? entry.sends : 1;
  if (entry.kind === 'once') entry.once.entry = null;
  addDeadEntry(entry.space, entry.name, urefs + (state.rules.deathAddsReference(entry) ? 1 : 0));
}
