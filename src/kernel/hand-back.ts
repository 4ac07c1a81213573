import { dropDeadReference, takeOnce, takeSend } from './copyin.ts';
import type { Message, Right, Space } from './records.ts';
import { isLive } from './right.ts';
import type { State } from './state.ts';
import { DISP, NULL_NAME } from './types.ts';
import type { ArrivedRight } from './types.ts';

/**
 * Undoes a delivery: takes the message's rights out of the space again. The task may have acted on their names before it learnt
 * that the message was not its own; what it already freed or used comes back as NULL or DEAD.
 */
export function handBack(state: State, space: Space, message: Message): void {
  const { given } = message;
  if (given === null) return;
  message.reply = reclaim(state, space, message.reply, given.remote);
  message.rights = message.rights.map((right, i) => reclaim(state, space, right, given.rights[i]));
  message.given = null;
}

function reclaim(state: State, space: Space, right: Right, given: ArrivedRight | undefined): Right {
  if (right.kind === 'null' || right.kind === 'dead') return right;
  const disp = right.kind === 'send' ? DISP.MOVE_SEND : DISP.MOVE_SEND_ONCE;
  if (given === undefined || given.name === NULL_NAME) return { kind: 'null', disp };
  // By port and by right, not by name: the task may have renamed it.
  if (right.kind === 'send') {
    const entry = right.port.holders.get(space);
    if (entry !== undefined && entry.sends > 0) return takeSend(state, entry);
  }
  if (right.kind === 'once' && right.once.entry?.space === space) {
    right.once.deliveries -= 1;
    return takeOnce(state, right.once.entry);
  }
  const left = space.entries.get(given.name);
  if (!isLive(right) && left?.kind === 'dead') dropDeadReference(left);
  return { kind: 'dead', disp };
}
