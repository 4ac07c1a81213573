import { emit } from './effects.ts';
import { enqueue } from './queue.ts';
import type { Port } from './records.ts';
import { fireSendPossible } from './send-possible.ts';
import type { State } from './state.ts';

/** A message has been received: whoever waits for its place is let in, or told (mach.md §9, §10). */
export function dequeued(state: State, port: Port): void {
  admitBlocked(state, port);
  fireSendPossible(state, port);
}

/**
 * Lets in the oldest blocked sends, as far as there is room. None is one that would close a cycle: such a port is in that very
 * message, or behind a port that is, so nobody can receive from it or change its limit.
 */
export function admitBlocked(state: State, port: Port): void {
  while (state.rules.admitsBlocked(port)) {
    const send = port.blocked.shift();
    if (send === undefined) return;
    const { space, sendId, message } = send;
    space.sends.delete(sendId);
    enqueue(state, port, message);
    emit(state, space, { type: 'sent', task: space.id, sendId, code: 0 });
  }
}
