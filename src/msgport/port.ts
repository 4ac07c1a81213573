import { type Code, InvariantError } from '../errors.ts';
import type { Message } from './message.ts';

/** "The message is mine, a reply will come." Any other answer to a put: "done, it is yours again, no reply will come." */
export const EASYNC = 'EASYNC';
export type Easync = typeof EASYNC;

/**
 * What a client sends to: an agent and a place for replies (lwkt.md §1.1, §1.4). **Whether a send completes on the spot is
 * decided in `put` and nowhere else.** Ports may be fields or base classes of larger objects.
 */
export abstract class MsgPort {
  /**
   * The agent. Synchronous on purpose: it finishes the message and answers its code, or takes it and answers `EASYNC`. It
   * does not block its caller; where it would, it queues. It may look at `msg` no more after it answered a code.
   *
   * Called through beginMsg, doMsg, sendMsg or forwardMsg, which keep the message's state.
   */
  put(_msg: Message): Code | Easync {
    throw this.#unsupported('put');
  }

  /** Takes the reply of a message whose reply port this is. Runs in the replier's context; called through replyMsg. */
  reply(_msg: Message): void {
    throw this.#unsupported('reply');
  }

  /** The next message or reply, priority first, FIFO within each; null if there is none. */
  get(): Message | null {
    throw this.#unsupported('get');
  }

  /** Takes a message that waits here off the queue, unanswered; `'ENOENT'` if it does not wait here. Called through dropMsg. */
  drop(_msg: Message): 0 | 'ENOENT' {
    throw this.#unsupported('drop');
  }

  #unsupported(op: string): InvariantError {
    return new InvariantError(`${op}: a ${this.constructor.name} does not take this`, {
      op,
      object: this.constructor.name,
    });
  }
}
