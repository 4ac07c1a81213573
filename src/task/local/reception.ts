import { IpcError } from '../../errors.ts';
import { forwardMsg, type Message, type MsgPort } from '../../msgport/index.ts';
import type { Frame } from '../../wire/index.ts';
import { IncomingCall } from '../messages/incoming-call.ts';
import { Inbox } from './inbox.ts';

/** A port set, as a member sees it. */
export type Membership = {
  agent: MsgPort;
  /** Whether messages wait in it: nobody serves it. */
  isQueue(): boolean;
  /** Whether one who is in a critical section receives from it. */
  isWanted(): boolean;
  /** Those of this port. */
  waiting(): Iterable<Message>;
  /** The port leaves: answers what waits for it in the set, in order. */
  leave(): Message[];
};

/** Where the messages of a port of this task go: to an agent, to the set it is in, or to its inbox until somebody receives. */
export class Reception {
  readonly inbox = new Inbox();
  readonly #untaken = new Set<IncomingCall>();
  /** Who gets the next message. */
  agent: MsgPort = this.inbox;
  #set: Membership | null = null;
  /** While the receive right is in a message: the agent that it has again should it come back. */
  #former: MsgPort | null = null;

  /** Whether messages wait for a receiver, not for an agent. */
  get isQueue(): boolean {
    return this.#set?.isQueue() ?? this.agent === this.inbox;
  }

  /** Whether a critical section keeps messages out that came for it. */
  get isHeldBack(): boolean {
    return [...this.#untaken].some(({ withdraw }) => withdraw !== null);
  }

  /** Whether somebody who is in a critical section receives from it: what they wait for must not wait for them. */
  get isWanted(): boolean {
    return this.#set?.isWanted() ?? this.inbox.insiders > 0;
  }

  /** What waits until somebody receives. */
  waiting(): Iterable<Message> {
    return this.#set?.waiting() ?? this.inbox.waiting();
  }

  /** From now on messages go to `agent`; those that wait in the inbox go first, in order. */
  serve(agent: MsgPort): void {
    this.join(null);
    // Not before the inbox is empty: what a handler sends meanwhile queues behind what waits.
    this.inbox.passTo(agent);
    this.agent = agent;
  }

  /** From now on messages go to this set, or, with null, wait for who receives from the port itself. */
  join(set: Membership | null): void {
    const waiting = this.#set?.leave() ?? [];
    this.#set = set;
    this.agent = set?.agent ?? this.inbox;
    if (set === null) {
      this.inbox.ended = null;
      for (const msg of waiting) this.inbox.put(msg);
      return;
    }
    this.inbox.interrupt('MACH_RCV_PORT_CHANGED');
    this.inbox.ended = 'MACH_RCV_IN_SET';
    for (const msg of [...waiting, ...this.inbox.remove(() => true)]) forwardMsg(set.agent, msg);
  }

  /** A message from the link that has been queued, and nobody has started on. */
  hold(call: IncomingCall): void {
    if (this.#untaken.has(call)) return;
    this.#untaken.add(call);
    call.onceTaken(() => this.#untaken.delete(call));
  }

  /** What came over the link and nobody has started on is the kernel's again, which has it still. Answers the frames. */
  handBack(): Frame[] {
    this.settleSpent();
    const frames = [...this.#untaken].flatMap((call) => call.handBack() ?? []);
    this.#untaken.clear();
    return frames;
  }

  /**
   * What was refused before its turn must not be the kernel's again: somebody else would handle it. What came before it counts as taken
   * with it, and is refused too.
   */
  settleSpent(): void {
    const untaken = [...this.#untaken];
    const count = untaken.findLastIndex(({ isSpent }) => isSpent) + 1;
    for (const call of untaken.slice(0, count)) call.end(new IpcError('ELIMIT', SPENT, { handled: 'no' }));
  }

  /** What this task itself has sent and nobody has started on. The kernel knows nothing of it. */
  takeOwn(): Message[] {
    return this.inbox.remove((msg) => !(msg instanceof IncomingCall));
  }

  /** The receive right goes into a message: nobody receives from it any more (mach.md §8), it is in no set, and what comes waits. */
  depart(): void {
    this.#leaveSet();
    this.#former = this.agent;
    this.agent = this.inbox;
    this.inbox.interrupt('MACH_RCV_PORT_DIED');
  }

  /** It is its holder's again. Answers the agent that it had; who gets it back is the caller's to see to. */
  resume(): MsgPort | null {
    const former = this.#former;
    this.changeHands();
    return former === this.inbox ? null : former;
  }

  /** It is another holder's: nothing is left of what the former one had wanted of it. */
  changeHands(): void {
    this.#former = null;
    this.inbox.ended = null;
  }

  /** The port is dead: what waits is refused. */
  end(): void {
    this.#leaveSet();
    this.inbox.end();
    for (const call of this.#untaken) {
      if (call.withdraw === null) continue;
      call.withdraw();
      if (!call.isSpent) call.refuse(undefined, 'MACH_SEND_INVALID_DEST');
    }
  }

  #leaveSet(): void {
    if (this.#set !== null) this.join(null);
  }
}

const SPENT =
  'its port has gone to another task out of a critical section that kept more out than may wait (heldBack); send it again';
