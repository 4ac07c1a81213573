import { IpcError } from '../../errors.ts';
import { DirectPort, type Message, type MsgPort } from '../../msgport/index.ts';
import { Inbox } from '../local/inbox.ts';
import { TakingPort } from '../local/taking-port.ts';
import type { Task } from '../task.ts';
import type { ReceiveRight } from './receive-right.ts';
import { messages, receive, type ReceiveOptions } from './receive.ts';

/**
 * Several receive rights of one task, received from as one: messages come in the order in which they arrived, whichever member
 * they came to, so none starves another (mach.md §13). A port is in one set at most, and cannot be received from by itself
 * meanwhile: `MACH_RCV_IN_SET`. Each member keeps its own limit, senders and rights.
 */
export class PortSet implements Disposable, AsyncIterable<Message> {
  readonly #task: Task;
  readonly #label: string;
  readonly #inbox = new Inbox();
  readonly #members = new Set<ReceiveRight>();
  readonly #cameTo = new WeakMap<Message, ReceiveRight>();
  #agent: MsgPort = this.#inbox;

  /** @internal */
  constructor(task: Task, label: string) {
    this.#task = task;
    this.#label = label;
  }

  /** Puts a port into this set, out of the one it was in. What waits there joins the queue of the set, in order. */
  add(right: ReceiveRight): void {
    this.#live('add');
    if (this.#members.has(right)) return;
    const agent = new DirectPort((msg) => {
      const came = (own: Message): void => void this.#cameTo.set(own, right);
      if (this.#agent === this.#inbox) return this.#inbox.hold(msg, came);
      came(msg);
      return this.#agent.put(msg);
    });
    right.listening('add').reception.join({
      agent,
      isWanted: () => this.#inbox.insiders > 0,
      isQueue: () => this.#agent === this.#inbox,
      waiting: () => [...this.#inbox.waiting()].filter((msg) => this.#cameTo.get(msg) === right),
      leave: () => this.#takeOut(right),
    });
    this.#members.add(right);
  }

  /** Takes a port out, with what waits for it. */
  remove(right: ReceiveRight): void {
    if (!this.#members.has(right)) {
      throw new IpcError('KERN_NOT_IN_SET', `remove: that port is not in ${this.#label}`, { op: 'remove' });
    }
    right.live('remove').reception.join(null);
  }

  get members(): ReceiveRight[] {
    return [...this.#members];
  }

  /** The member that a message came to (the local port, mach.md §13). */
  localPort(msg: Message): ReceiveRight | undefined {
    return this.#cameTo.get(msg);
  }

  /**
   * The next message of any member. With no members it waits for one.
   *
   * @throws IpcError MACH_RCV_TIMED_OUT, MACH_RCV_INTERRUPTED, MACH_RCV_PORT_DIED when the set is disposed, MACH_RCV_PORT_CHANGED
   *   when it is served
   */
  async receive(options: ReceiveOptions = {}): Promise<Message> {
    this.#live('receive');
    return receive(this.#task, this.#inbox, this.#label, options);
  }

  /** Messages as they come, until the set is disposed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    if (this.#inbox.ended !== 'MACH_RCV_PORT_DIED') yield* messages(() => this.receive());
  }

  /** Hands every message of every member to `agent`, those that wait first. Receives end with MACH_RCV_PORT_CHANGED. */
  serve(agent: MsgPort): void {
    this.#live('serve');
    const taking = new TakingPort(agent);
    this.#inbox.passTo(taking);
    this.#agent = taking;
  }

  /** The members live on, with what waits for them. */
  [Symbol.dispose](): void {
    for (const right of this.#members) right.live('dispose').reception.join(null);
    this.#inbox.interrupt('MACH_RCV_PORT_DIED');
  }

  /** Answers what waits for this member, in order. */
  #takeOut(right: ReceiveRight): Message[] {
    this.#members.delete(right);
    return this.#inbox.remove((msg) => this.#cameTo.get(msg) === right);
  }

  #live(op: string): void {
    if (this.#inbox.ended !== 'MACH_RCV_PORT_DIED') return;
    throw new IpcError('ERELEASED', `${op}: ${this.#label} was disposed`, { op, object: this.#label });
  }
}
