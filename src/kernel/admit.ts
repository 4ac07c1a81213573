import { emit } from './effects.ts';
import { enqueue } from './queue.ts';
import type { Port } from './records.ts';
import { destroyMessage } from './right.ts';
import { fireSendPossible } from './send-possible.ts';
import type { State } from './state.ts';

/** A message has been received: whoever waits for its place is let in, or told (mach.md §9, §10). */
export function dequeued(state: State, port: Port): void {
  admitBlocked(state, port);
  fireSendPossible(state, port);
}

/**
 * For one more place: lets the oldest blocked send in, if there is one and room for it. One that would close a cycle takes up no
 * place, so the next gets its turn: no later dequeue might come.
 */
export function admitBlocked(state: State, port: Port): void {
  while (port.blocked.size > 0 && state.rules.admitsBlocked(port)) {
    const send = port.blocked.shift();
    if (send === undefined) return;
    const { space, sendId, message } = send;
    space.sends.delete(sendId);
    emit(state, space, { type: 'sent', task: space.id, sendId, code: 0 });
    if (!message.circular) return enqueue(state, port, message);
    destroyMessage(state, message);
  }
}
