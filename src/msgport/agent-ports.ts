import type { Code } from '../errors.ts';
import { completeSync } from './complete.ts';
import { MSGF, type Message } from './message.ts';
import { type Easync, MsgPort } from './port.ts';

/** A target whose agent is a function: the direct call (lwkt.md §1.4, putonly). */
export class DirectPort extends MsgPort {
  readonly #agent: (msg: Message) => Code | Easync;

  constructor(agent: (msg: Message) => Code | Easync) {
    super();
    this.#agent = agent;
  }

  override put(msg: Message): Code | Easync {
    return this.#agent(msg);
  }
}

/** The simplest shim: whatever comes is put to another port, whose agent decides. Retargeting it moves its senders. */
export class ForwardPort extends MsgPort {
  target: MsgPort;

  constructor(target: MsgPort) {
    super();
    this.target = target;
  }

  override put(msg: Message): Code | Easync {
    msg.target = this.target;
    return this.target.put(msg);
  }
}

/**
 * Takes replies and nothing else. With a function, each reply that nobody waits for goes to it (in the replier's context);
 * without one, such a reply is just marked complete.
 */
export class ReplyPort extends MsgPort {
  readonly #onReply: ((msg: Message) => void) | undefined;

  constructor(onReply?: (msg: Message) => void) {
    super();
    this.#onReply = onReply;
  }

  override reply(msg: Message): void {
    if (completeSync(msg)) return;
    msg.flags |= MSGF.DONE | MSGF.REPLY;
    this.#onReply?.(msg);
  }
}
