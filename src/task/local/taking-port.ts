import type { Code } from '../../errors.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { takeMsg } from '../messages/call.ts';

/** Stands before an agent that knows nothing of taking: what reaches it is taken, its body readable. */
export class TakingPort extends MsgPort {
  readonly #agent: MsgPort;

  constructor(agent: MsgPort) {
    super();
    this.#agent = agent;
  }

  override put(msg: Message): Code | Easync {
    const unreadable = takeMsg(msg);
    return unreadable === 0 ? this.#agent.put(msg) : unreadable;
  }
}
