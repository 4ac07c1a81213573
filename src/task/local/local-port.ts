import type { Code } from '../../errors.ts';
import { DISP, NOTIFY, NULL_NAME, RIGHT, type Name, type RightSpec } from '../../kernel/types.ts';
import { EASYNC, type Easync, type Message, MsgPort, replyMsg, sendMsg } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { Inbox } from './inbox.ts';
import { IncomingCall } from '../messages/incoming-call.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { SharedTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { runUserCode } from '../user-code.ts';

/**
 * A port whose receive right is in this task. Until a right to it leaves the task the kernel knows nothing of it: an inline
 * driver costs the broker nothing. `export` gives it a name, and from then on the kernel queues for it and counts its
 * senders in other tasks; handles in this task are counted here.
 */
export class LocalPort extends MsgPort implements SharedTarget {
  readonly label: string;
  readonly #task: Task;
  readonly #qlimit: number;
  readonly inbox = new Inbox();
  #agent: MsgPort = this.inbox;
  #name: Name = NULL_NAME;
  #closed = false;
  #handles = 0;
  /** Send rights made in messages so far. */
  #made = 0;
  #remoteSenders = false;
  #onNoSenders: (() => void) | undefined;
  readonly #onDead = new Set<() => void>();
  readonly #untaken = new Set<IncomingCall>();

  constructor(task: Task, label: string, qlimit: number) {
    super();
    this.#task = task;
    this.label = label;
    this.#qlimit = qlimit;
  }

  /** Whether a message completes here and now is its agent's to decide. */
  override put(msg: Message): Code | Easync {
    if (!this.#closed) return this.#agent.put(msg);
    restoreRights(msg.body);
    return 'MACH_SEND_INVALID_DEST';
  }

  /** From now on messages go to `agent`; those that wait in the inbox go first, in order. */
  serve(agent: MsgPort): void {
    this.inbox.interrupt('MACH_RCV_PORT_CHANGED');
    // Not before the inbox is empty: what a handler sends meanwhile queues behind what waits.
    for (let msg = this.inbox.get(); msg !== null; msg = this.inbox.get()) {
      msg.target = agent;
      const code = agent.put(msg);
      if (code !== EASYNC) replyMsg(msg, code);
    }
    this.#agent = agent;
  }

  /** The kernel's name for the port, given on first use. */
  export(): Name {
    if (this.#name === NULL_NAME) {
      this.#name = this.#task.newName();
      this.#task.ports.set(this.#name, this);
      const { traps } = this.#task;
      traps.post('port_allocate_name', { right: RIGHT.RECEIVE, name: this.#name });
      traps.post('port_set_qlimit', { name: this.#name, qlimit: this.#qlimit });
      traps.post('serve', { name: this.#name });
    }
    return this.#name;
  }

  get name(): Name {
    return this.export();
  }

  departSpec(): RightSpec {
    return { disp: DISP.MAKE_SEND, name: this.export() };
  }

  departed(): void {
    this.#made += 1;
    if (!this.#remoteSenders) {
      this.#remoteSenders = true;
      this.#watchSenders();
    }
    this.release();
  }

  /** Nothing was made; the question about senders that went along is answered the same. */
  notTaken(): void {}

  retain(): void {
    this.#handles += 1;
  }

  release(): void {
    this.#handles -= 1;
    this.#checkSenders();
  }

  /** The link is gone, and with it every sender in another task. */
  linkLost(): void {
    this.#remoteSenders = false;
    this.#checkSenders();
  }

  /** Runs `fn` once there is no send right left, in this task or any other. */
  onNoSenders(fn: () => void): void {
    this.#onNoSenders = fn;
  }

  get hasSenders(): boolean {
    return this.#handles > 0 || this.#remoteSenders;
  }

  async hasMessages(): Promise<boolean> {
    if (this.#name === NULL_NAME || this.#closed || this.#task.isClosed) return false;
    this.#task.taken.report();
    try {
      const { msgcount } = await this.#task.traps.call('port_get_receive_status', { name: this.#name });
      return msgcount > 0;
    } catch (error) {
      // With the link, the queue has gone too.
      if (this.#task.isClosed) return false;
      throw error;
    }
  }

  onDead(fn: () => void): Disposable {
    if (this.#closed) fn();
    else this.#onDead.add(fn);
    return { [Symbol.dispose]: () => void this.#onDead.delete(fn) };
  }

  get isDead(): boolean {
    return this.#closed;
  }

  /** A send-once right made in this task was given up unused. */
  sendOnceDestroyed(): void {
    const call = new Call(NOTIFY.SEND_ONCE, undefined);
    call.notification = { id: NOTIFY.SEND_ONCE, handled: 'maybe' };
    call.oneWay = true;
    if (!this.#closed) sendMsg(this, call);
  }

  /** A message from the link that its agent has queued and not started on. */
  hold(call: IncomingCall): void {
    this.#untaken.add(call);
    call.onceTaken(() => this.#untaken.delete(call));
  }

  /** Stops taking: messages that wait in the agent's queue are the kernel's again, which has them still. */
  drain(): void {
    for (const call of this.#untaken) call.handBack();
    this.#untaken.clear();
  }

  /** Destroys the port: senders find it dead, messages nobody has taken are refused. */
  close(): void {
    if (this.#closed) return;
    if (this.#name !== NULL_NAME) {
      this.#task.traps.post('port_mod_refs', { name: this.#name, right: RIGHT.RECEIVE, delta: -1 });
    }
    this.end();
  }

  /** The kernel's part of it is dead, or there was none. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#task.ports.delete(this.#name);
    this.inbox.end();
    for (const fn of this.#onDead) runUserCode(fn);
  }

  /**
   * Asks to be told when no send right is left in other tasks. The request follows the message that made the right on the
   * same link, so the kernel judges after it, and fires at once should that message have failed. If we have made more
   * meanwhile, the answer is out of date and is asked for again.
   */
  #watchSenders(): void {
    const made = this.#made;
    this.#task.requestNotification(this.#name, NOTIFY.NO_SENDERS, 0, (notification) => {
      // Closing the port answers the request too, in its own way.
      if (this.#closed || notification.id !== NOTIFY.NO_SENDERS) return;
      if (this.#made !== made) return this.#watchSenders();
      this.#remoteSenders = false;
      return this.#checkSenders();
    });
  }

  #checkSenders(): void {
    if (this.hasSenders || this.#closed) return;
    const fn = this.#onNoSenders;
    this.#onNoSenders = undefined;
    if (fn !== undefined) runUserCode(fn);
  }
}

/** A message from the link. If the port's agent throws, its caller hears of it, and so does the program. */
export function deliver(port: LocalPort, call: IncomingCall): void {
  runUserCode(() => {
    try {
      sendMsg(port, call);
    } catch (error) {
      call.refuse(error);
      throw error;
    }
  });
  if (call.isTaken) return;
  // The link's buffer is about to be reused.
  call.keep();
  port.hold(call);
}
