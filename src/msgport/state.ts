import { InvariantError } from '../errors.ts';
import { MSGF, type Message } from './message.ts';
import type { MsgPort } from './port.ts';

/** Before a send: the originator owns the message. A message on a queue, a reply not yet fetched included, is not his. */
export function assertIdle(msg: Message, op: string): void {
  if ((msg.flags & (MSGF.DONE | MSGF.QUEUED)) !== MSGF.DONE) throw illegal(msg, op, 'idle or complete');
}

/** Before a forward or a reply: the target owns the message, has taken it off its queue and has not answered it. */
export function assertProcessing(msg: Message, op: string): void {
  if ((msg.flags & (MSGF.DONE | MSGF.REPLY | MSGF.QUEUED)) !== 0) throw illegal(msg, op, 'being processed');
}

export function assertReplyPort(msg: Message, op: string): MsgPort {
  if (msg.replyPort !== null) return msg.replyPort;
  throw new InvariantError(`${op}: the message has no reply port; give it one with initMsg`, { op });
}

/** The row of the state table a message is in, by name. */
export function stateOf(msg: Message): string {
  switch (msg.flags & (MSGF.DONE | MSGF.REPLY | MSGF.QUEUED)) {
    case MSGF.DONE:
      return 'idle';
    case MSGF.QUEUED:
      return 'on the target queue';
    case 0:
      return 'being processed';
    case MSGF.REPLY:
      return 'reply under way';
    case MSGF.DONE | MSGF.REPLY | MSGF.QUEUED:
      return 'async reply waiting';
    case MSGF.DONE | MSGF.REPLY:
      return 'complete';
    default:
      return 'corrupt';
  }
}

function illegal(msg: Message, op: string, wanted: string): InvariantError {
  return new InvariantError(`${op}: the message is ${stateOf(msg)}, but must be ${wanted}`, { op });
}
