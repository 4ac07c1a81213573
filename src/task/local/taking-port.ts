import type { Code } from '../../errors.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { arriveRights } from '../rights/rights-in.ts';

/** Stands before an agent that knows nothing of taking: what reaches it is taken, its body readable. */
export class TakingPort extends MsgPort {
  readonly #agent: MsgPort;

  constructor(agent: MsgPort) {
    super();
    this.#agent = agent;
  }

  override put(msg: Message): Code | Easync {
    if (!(msg instanceof Call)) return this.#agent.put(msg);
    // Of one that came over the link there is no body yet.
    arriveRights(msg.body);
    const code = msg.take();
    return code === 0 && !msg.fence ? this.#agent.put(msg) : code;
  }
}
