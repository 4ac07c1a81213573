import type { Code } from '../errors.ts';
import type { MessageQueue } from './message-queue.ts';
import type { MsgPort } from './port.ts';

/**
 * Message flags (lwkt.md §1.2). The upper 16 bits belong to message handlers.
 *
 * | state                    | DONE REPLY QUEUED | owner                |
 * |--------------------------|-------------------|----------------------|
 * | idle, never sent, dropped| 1 0 0             | originator           |
 * | on the target's queue    | 0 0 1             | target port          |
 * | being processed          | 0 0 0             | target               |
 * | reply under way          | 0 1 0             | nobody may touch it  |
 * | async reply waiting      | 1 1 1             | reply port           |
 * | complete                 | 1 1 0             | originator           |
 */
export const MSGF = {
  /** Not in flight: never sent, dropped, or its reply was delivered. */
  DONE: 0x0001,
  /** The reply was initiated. Stays set, so that a receiver can tell replies from requests on a shared port. */
  REPLY: 0x0002,
  /** Linked on some port's queue. */
  QUEUED: 0x0004,
  /** The originator waits for this very message: wake it, never queue the reply. */
  SYNC: 0x0008,
  /** The message's `onAbort` may be called. */
  ABORTABLE: 0x0010,
  /** The receiver may drop it; the sender may not wait for it. */
  DROPABLE: 0x0020,
  /** Goes to the port's priority queue. */
  PRIORITY: 0x0040,
  USER: 0xffff0000,
} as const;

/**
 * One message serves request and reply. It may be a field or a base class of a larger object, and is reused as soon as it
 * is DONE. Only its owner (see `MSGF`) may touch it: the originator before the send and after DONE, the target between.
 */
export class Message {
  flags: number;
  /** The reply's code; valid once DONE. A synchronous completion is told by the return value alone (lwkt.md §1.3). */
  error: Code = 0;
  replyPort: MsgPort | null;
  /** The port it was last put to. */
  target: MsgPort | null = null;
  /** What is asked: a routine number, as the receiver understands it. */
  id = 0;
  body: unknown = undefined;
  result: unknown = undefined;
  /** Why it failed, where the code alone does not say: the target's own error. */
  failure: unknown = undefined;
  /** Asks whoever has the message to hurry up (lwkt.md §1.5). Called only if ABORTABLE and still in flight. */
  onAbort: ((msg: Message) => void) | null = null;

  /** @internal The queue it is linked on, and its neighbours there: what makes unlinking from the middle O(1). */
  queue: MessageQueue | null = null;
  /** @internal */
  next: Message | null = null;
  /** @internal */
  prev: Message | null = null;
  /** @internal Woken, instead of the reply port, by the reply. */
  waiter: ((code: Code) => void) | null = null;

  constructor(replyPort: MsgPort | null = null, flags = 0) {
    this.replyPort = replyPort;
    this.flags = MSGF.DONE | flags;
  }
}
