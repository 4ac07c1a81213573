import type { Code } from '../../errors.ts';
import {
  EASYNC,
  type Easync,
  forwardMsg,
  type Message,
  type MsgPort,
  QueuePort,
  replyMsg,
} from '../../msgport/index.ts';
import { Call, takeMsg } from '../messages/call.ts';

/** Why nothing is to be received. */
export type Ended = 'MACH_RCV_PORT_DIED' | 'MACH_RCV_PORT_CHANGED' | 'MACH_RCV_IN_SET';

/** The queue of a port that is received from. A message is taken when a receiver gets it, not before. */
export class Inbox extends QueuePort {
  /** Pending receives, and how to end them. */
  readonly receivers = new Set<(why: Ended) => void>();
  /** Pending receives of those who are in a critical section. */
  insiders = 0;
  /** Why nothing is received here any more. */
  ended: Ended | null = null;

  constructor() {
    super({ receivers: 'many' });
  }

  override put(msg: Message): Code | Easync {
    return this.hold(msg);
  }

  /**
   * A one-way send is over when it is accepted: what waits here is then a message of our own, and the sender's is his again.
   * `held` learns which it is.
   */
  hold(msg: Message, held: (own: Message) => void = () => {}): Code | Easync {
    const own = msg instanceof Call && msg.oneWay ? msg.handOver() : msg;
    held(own);
    super.put(own);
    return own === msg ? EASYNC : 0;
  }

  /** The next message as it lies there: nobody has taken it. */
  next(): Message | null {
    return this.takeQueued();
  }

  /** Takes out those that `belongs` names, in order, untaken. */
  remove(belongs: (msg: Message) => boolean): Message[] {
    const all: Message[] = [];
    for (let msg = this.takeQueued(); msg !== null; msg = this.takeQueued()) all.push(msg);
    for (const msg of all) if (!belongs(msg)) super.put(msg);
    return all.filter(belongs);
  }

  /** An agent gets what waits here, in order; pending receives end. What it sends meanwhile to this very queue goes last. */
  passTo(agent: MsgPort): void {
    this.interrupt('MACH_RCV_PORT_CHANGED');
    for (let msg = this.next(); msg !== null; msg = this.next()) forwardMsg(agent, msg);
  }

  /** The port is gone: what waits is refused, and pending receives end with null. */
  end(): void {
    for (let msg = this.next(); msg !== null; msg = this.next()) {
      if (msg instanceof Call) msg.refuse(undefined, 'MACH_SEND_INVALID_DEST');
      else replyMsg(msg, 'MACH_SEND_INVALID_DEST');
    }
    this.interrupt('MACH_RCV_PORT_DIED');
  }

  /** Ends pending receives; later ones end alike. */
  interrupt(why: Ended): void {
    this.ended = why;
    for (const interrupt of [...this.receivers]) interrupt(why);
  }

  /** An unreadable message never reaches a receiver: its sender gets the error. Nor does a barrier, which has its answer now. */
  protected override accept(msg: Message): boolean {
    const code = takeMsg(msg);
    if (code === 0 && !(msg instanceof Call && msg.barrier)) return true;
    replyMsg(msg, code);
    return false;
  }
}
