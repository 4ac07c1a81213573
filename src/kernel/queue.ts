import { emit } from './effects.ts';
import type { Message, Port } from './records.ts';
import type { State } from './state.ts';

/** Puts a message in its destination's queue; `settle` hands it out. Whether there is room is the caller's question. */
export function enqueue(state: State, port: Port, message: Message): void {
  port.queue.push(message);
  state.stirred.push(port);
}

/** After a dequeue, or for one more place: lets the oldest blocked send in, if there is one and room for it (§9). */
export function admitBlocked(state: State, port: Port): void {
  if (port.blocked.size === 0 || !state.rules.admitsBlocked(port)) return;
  const send = port.blocked.shift();
  if (send === undefined) return;
  send.space.sends.delete(send.sendId);
  enqueue(state, port, send.message);
  emit(state, send.space, { type: 'sent', task: send.space.id, sendId: send.sendId, code: 0 });
}

/** The message has left the queues: its sender may queue as many bytes again. */
export function uncharge(message: Message): void {
  if (message.charged !== null) message.charged.queuedBytes -= message.bytes;
  message.charged = null;
}
