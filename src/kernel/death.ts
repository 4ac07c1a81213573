import { emit } from './effects.ts';
import { notify, sendOnceUnused } from './notify.ts';
import { chargePort, endCall } from './port.ts';
import { uncharge } from './queue.ts';
import type { OnceEntry, Port, PortEntry, SendOnce } from './records.ts';
import { destroyMessage } from './right.ts';
import { addDeadEntry } from './space.ts';
import type { State } from './state.ts';
import { NOTIFY } from './types.ts';

/** The receive right has ceased to exist, and is in nobody's hands: the port goes to its backup, or dies (mach.md §10, §11). */
export function endPort(state: State, port: Port): void {
  const { backup } = port;
  port.backup = null;
  if (backup !== null && state.rules.survives(port, backup)) return sendToBackup(state, port, backup);
  if (backup !== null) sendOnceUnused(state, backup, 'in hand');
  killPort(state, port);
}

/** The receive right travels like any other. Nobody else notices: senders, queue, limit and requests stay as they are. */
function sendToBackup(state: State, port: Port, backup: SendOnce): void {
  port.owner = { kind: 'transit', to: backup.port };
  for (const counter of state.rules.resetsOnMove) port[counter] = 0;
  notify(state, backup, { id: NOTIFY.PORT_DESTROYED }, [{ kind: 'receive', port }]);
}

/** mach.md §11, in its order; those that received from it know already. Its owner's entry is gone unless it shall be a dead name. */
export function killPort(state: State, port: Port): void {
  port.owner = { kind: 'dead' };
  chargePort(port, null);
  endBlockedSends(state, port);
  if (port.noSenders !== null) sendOnceUnused(state, port.noSenders, 'in hand');
  port.noSenders = null;
  destroyQueue(state, port);
  leaveDeadNames(state, port);
  if (port.isWatched) state.effects.push({ type: 'died', port: port.id });
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
    endCall(once);
    if (once.entry !== null) entries.push(once.entry);
  }
  port.holders.clear();
  port.tagged = null;
  port.armed = null;
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
