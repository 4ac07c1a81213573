import type { Code } from '../errors.ts';
import { DISP, NOTIFY, NULL_NAME, RIGHT, type Name, type RightSpec } from '../kernel/types.ts';
import { EASYNC, type Easync, type Message, MsgPort, replyMsg, sendMsg } from '../msgport/index.ts';
import { Call } from './call.ts';
import { Inbox } from './inbox.ts';
import { IncomingCall } from './incoming-call.ts';
import type { SharedTarget } from './target.ts';
import type { Task } from './task.ts';

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
  readonly #onDead: (() => void)[] = [];

  constructor(task: Task, label: string, qlimit: number) {
    super();
    this.#task = task;
    this.label = label;
    this.#qlimit = qlimit;
  }

  /** Whether a message completes here and now is its agent's to decide. */
  override put(msg: Message): Code | Easync {
    return this.#closed ? 'MACH_SEND_INVALID_DEST' : this.#agent.put(msg);
  }

  /** From now on messages go to `agent`; those that wait in the inbox go first, in order. */
  serve(agent: MsgPort): void {
    this.#agent = agent;
    for (let msg = this.inbox.get(); msg !== null; msg = this.inbox.get()) {
      msg.target = agent;
      const code = agent.put(msg);
      if (code !== EASYNC) replyMsg(msg, code);
    }
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

  retain(): void {
    this.#handles += 1;
  }

  release(): void {
    this.#handles -= 1;
    this.#checkSenders();
  }

  /** Runs `fn` once there is no send right left, in this task or any other. */
  onNoSenders(fn: () => void): void {
    this.#onNoSenders = fn;
  }

  onDead(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onDead.push(fn);
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

  /** Stops taking: untaken messages are the kernel's again, which has them still. */
  drain(): void {
    for (const msg of this.inbox.untaken()) msg.handBack();
  }

  /** Destroys the port: senders find it dead, messages nobody has taken are refused. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const msg of this.inbox.untaken()) {
      msg.discard();
      replyMsg(msg, 'MACH_SEND_INVALID_DEST');
    }
    this.inbox.end();
    if (this.#name !== NULL_NAME) {
      this.#task.ports.delete(this.#name);
      this.#task.traps.post('port_mod_refs', { name: this.#name, right: RIGHT.RECEIVE, delta: -1 });
    }
    for (const fn of this.#onDead) fn();
  }

  /**
   * Asks to be told when no send right is left in other tasks. The request follows the message that made the right on the
   * same link, so the kernel judges after it, and fires at once should that message have failed. If we have made more
   * meanwhile, the answer is out of date and is asked for again.
   */
  #watchSenders(): void {
    const made = this.#made;
    this.#task.requestNotification(this.#name, NOTIFY.NO_SENDERS, 0, () => {
      if (this.#made !== made) return this.#watchSenders();
      this.#remoteSenders = false;
      return this.#checkSenders();
    });
  }

  #checkSenders(): void {
    if (this.#handles > 0 || this.#remoteSenders || this.#closed) return;
    const fn = this.#onNoSenders;
    this.#onNoSenders = undefined;
    fn?.();
  }
}

/** Unreadable or not: the frame's own buffer is about to be reused. */
export function deliver(port: LocalPort, call: IncomingCall): void {
  sendMsg(port, call);
  if (!call.isTaken) call.keep();
}
