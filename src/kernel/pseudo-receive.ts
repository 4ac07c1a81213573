import { copyout } from './copyout.ts';
import { uncharge } from './queue.ts';
import type { Message, Space } from './records.ts';
import type { State } from './state.ts';
import type { ReturnedMessage } from './types.ts';

/**
 * A message that could not be sent comes back (mach.md §7): every right, the header's too, is copied out like one of a body, so it
 * can be sent again as it is. What the copyin reset, counted or notified is not undone.
 */
export function pseudoReceive(state: State, space: Space, message: Message): ReturnedMessage {
  uncharge(message);
  return {
    dest: copyout(state, space, message.dest),
    reply: copyout(state, space, message.reply),
    rights: message.rights.map((right) => copyout(state, space, right)),
    payload: message.payload,
  };
}
