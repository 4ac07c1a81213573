import type { Code } from '../../errors.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { Call, takeMsg } from '../messages/call.ts';

/** Stands before an agent that knows nothing of taking: what reaches it is taken, its body readable. */
export class TakingPort extends MsgPort {
  readonly #agent: MsgPort;

  constructor(agent: MsgPort) {
    super();
    this.#agent = agent;
  }

  override put(msg: Message): Code | Easync {
    const code = takeMsg(msg);
    const ends = code !== 0 || (msg instanceof Call && msg.fence);
    return ends ? code : this.#agent.put(msg);
  }
}
