import type { Code } from '../../errors.ts';
import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, type Name, type RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort, sendMsg } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { IncomingCall } from '../messages/incoming-call.ts';
import type { RemotePort } from '../remote/remote-port.ts';
import { askNotification } from '../calls/ask-notification.ts';
import { DeathWatch } from '../rights/death-watch.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { SharedTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { runUserCode } from '../user-code.ts';
import { Crossing } from './crossing.ts';
import { closesCycle, destroyCycle } from './cycle.ts';
import type { LocalOnce } from './local-once.ts';
import { Reception } from './reception.ts';
import { Senders } from './senders.ts';

/**
 * A port whose receive right is in this task. Until a right to it leaves the task the kernel knows nothing of it: an inline
 * driver costs the broker nothing. `export` gives it a name, and from then on the kernel queues for it and counts its
 * senders in other tasks; handles in this task are counted here. When the receive right leaves, handles go over to a shim.
 */
export class LocalPort extends MsgPort implements SharedTarget {
  readonly label: string;
  readonly reception = new Reception();
  readonly senders: Senders;
  readonly crossing: Crossing;
  /** Send-once rights made here that have not been used. */
  readonly onces = new Set<LocalOnce>();
  successor: RemotePort | null = null;
  readonly task: Task;
  readonly #qlimit: number;
  /** What comes here is between kernels and pagers, recalls among it: no critical section of the program's keeps it out. */
  isUrgent = false;
  deaths = new DeathWatch();
  #name: Name = NULL_NAME;
  /** Whether the kernel pushes its messages here. A right that is only passed on leaves them where they are. */
  #isListening = true;
  #closed = false;
  /** Its receive right may go to a backup when it is given up (mach.md §10, port-destroyed): one has been asked for, here or before. */
  mayOutlive = false;

  constructor(task: Task, label: string, qlimit: number) {
    super();
    this.task = task;
    this.label = label;
    this.#qlimit = qlimit;
    this.crossing = new Crossing(task, this);
    this.senders = new Senders((notified) =>
      askNotification(task, this.#name, { variant: NOTIFY.NO_SENDERS, sync: 0 }, notified),
    );
  }

  /** A port whose receive right came in a message. */
  static arrived(task: Task, name: Name): LocalPort {
    const port = new LocalPort(task, `port ${name}`, 0);
    port.isAt(name);
    port.mayOutlive = true;
    return port;
  }

  /** The kernel has put its receive right under this name; nobody is pushed its messages. */
  isAt(name: Name): void {
    this.#name = name;
    this.#isListening = false;
    this.task.ports.set(name, this);
  }

  /** Whether a message completes here and now is its agent's to decide. */
  override put(msg: Message): Code | Easync {
    if (this.crossing.isOver || msg instanceof IncomingCall || this.task.isClosed) return this.receive(msg);
    return this.crossing.hold(msg);
  }

  /** A message that need not wait for others. */
  receive(msg: Message): Code | Easync {
    const { reception } = this;
    if (this.#closed) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    if (reception.isQueue && closesCycle(this, msg)) return destroyCycle(this, msg);
    return reception.agent.put(msg);
  }

  /** What waits here until somebody receives: in its queue or in that of its set, and at its gate. */
  *waiting(): Generator<Message, void, undefined> {
    yield* this.reception.waiting();
    yield* this.crossing.waiting();
  }

  /** Has the kernel push messages here. Handles of this task on the port then come straight to it, too. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.task.calls.post('serve', { name: this.#name });
    this.senders.watchElsewhere();
    this.crossing.arrive();
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** The kernel's name for the port, given on first use. A dead port has none. */
  export(): Name {
    if (this.#closed) return DEAD_NAME;
    if (this.#name === NULL_NAME) {
      this.#name = this.task.newName();
      this.task.ports.set(this.#name, this);
      const { calls } = this.task;
      calls.post('port_allocate_name', { right: RIGHT.RECEIVE, name: this.#name });
      calls.post('port_set_qlimit', { name: this.#name, qlimit: this.#qlimit });
      calls.post('serve', { name: this.#name });
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
    if (!this.#closed) this.senders.made();
    this.release();
  }

  /** Nothing was made; the question about senders that went along is answered the same. */
  notTaken(): void {}

  retain(): void {
    this.listen();
    this.senders.retain();
  }

  release(): void {
    this.senders.release();
  }

  /** Runs `fn` once there is no send right left, in this task or any other. */
  onNoSenders(fn: () => void): void {
    this.senders.onNone(fn);
    // A right that came from elsewhere may have senders anywhere, and is told of the last even if nobody receives.
    if (!this.#isListening) this.senders.watchElsewhere();
  }

  onSendPossible(fn: () => void): Disposable {
    runUserCode(fn);
    return { [Symbol.dispose]() {} };
  }

  async hasMessages(): Promise<boolean> {
    if (this.#name === NULL_NAME || this.#closed || this.task.isClosed) return false;
    this.task.taken.report();
    try {
      const { msgcount } = await this.task.calls.call('port_get_receive_status', { name: this.#name });
      return msgcount > 0;
    } catch (error) {
      // With the link, the queue has gone too.
      if (this.task.isClosed) return false;
      throw error;
    }
  }

  onDead(fn: () => void): Disposable {
    if (!this.#closed) return this.deaths.add(fn);
    fn();
    return { [Symbol.dispose]() {} };
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

  /** Destroys the port: senders find it dead, messages nobody has taken are refused; or, with a backup, it goes there. */
  close(): void {
    if (this.#closed) return;
    const name = this.#name;
    if (name !== NULL_NAME && this.mayOutlive) void this.crossing.leaveOrDie();
    else if (name !== NULL_NAME) this.task.calls.post('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
    this.end();
  }

  /** The kernel's part of it is dead, or there was none. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.crossing.end();
    if (this.task.ports.get(this.#name) === this) this.task.ports.delete(this.#name);
    this.reception.end();
    this.deaths.died();
  }
}
