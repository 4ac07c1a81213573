import { MSGF, type Message } from './message.ts';

/**
 * Ends a message whose originator waits for it: marks it and wakes the waiter; no queue is touched. Answers false if nobody
 * waits and nobody said he would (SYNC), so that the reply has to be queued.
 */
export function completeSync(msg: Message): boolean {
  const { waiter } = msg;
  if (waiter === null && (msg.flags & MSGF.SYNC) === 0) return false;
  msg.flags |= MSGF.DONE | MSGF.REPLY;
  msg.waiter = null;
  waiter?.(msg.error);
  return true;
}
