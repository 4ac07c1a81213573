import { type Code, IpcError } from '../../errors.ts';
import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, type Name, type RightSpec } from '../../kernel/types.ts';
import { DirectPort, type Easync, forwardMsg, type Message, MsgPort, sendMsg } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { IncomingCall } from '../messages/incoming-call.ts';
import { RemotePort } from '../remote/remote-port.ts';
import { DeathWatch } from '../rights/death-watch.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { SharedTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { runUserCode } from '../user-code.ts';
import { closesCycle, destroyCycle } from './cycle.ts';
import { type ComeBack, Departure } from './departure.ts';
import { Gate } from './gate.ts';
import { Inbox } from './inbox.ts';
import type { LocalOnce } from './local-once.ts';
import { Senders } from './senders.ts';

/**
 * A port whose receive right is in this task. Until a right to it leaves the task the kernel knows nothing of it: an inline
 * driver costs the broker nothing. `export` gives it a name, and from then on the kernel queues for it and counts its
 * senders in other tasks; handles in this task are counted here. When the receive right leaves, handles go over to a shim.
 */
export class LocalPort extends MsgPort implements SharedTarget {
  readonly label: string;
  readonly inbox = new Inbox();
  readonly senders: Senders;
  /** Send-once rights made here that have not been used. */
  readonly onces = new Set<LocalOnce>();
  successor: RemotePort | null = null;
  readonly #task: Task;
  readonly #qlimit: number;
  #deaths = new DeathWatch();
  readonly #untaken = new Set<IncomingCall>();
  #agent: MsgPort = this.inbox;
  /** While the receive right is in a message: the agent that it has again should it come back. */
  #formerAgent: MsgPort | null = null;
  #name: Name = NULL_NAME;
  /** Whether the kernel pushes its messages here. A right that is only passed on leaves them where they are. */
  #isListening = true;
  #set: Membership | null = null;
  #gate: Gate | null = null;
  /** What this task sent while the port was elsewhere may lie in the kernel's queue still. */
  #mustFence = false;
  #isLeaving = false;
  #closed = false;
  /** Its receive right may go to a backup when it is given up (mach.md §10, port-destroyed): one has been asked for, here or before. */
  mayOutlive = false;

  constructor(task: Task, label: string, qlimit: number) {
    super();
    this.#task = task;
    this.label = label;
    this.#qlimit = qlimit;
    this.senders = new Senders((notified) =>
      task.requestNotification(this.#name, { variant: NOTIFY.NO_SENDERS, sync: 0 }, notified),
    );
  }

  /** A port whose receive right came in a message. */
  static arrived(task: Task, name: Name): LocalPort {
    const port = new LocalPort(task, `port ${name}`, 0);
    port.#name = name;
    port.#isListening = false;
    port.mayOutlive = true;
    task.ports.set(name, port);
    return port;
  }

  /** Whether a message completes here and now is its agent's to decide. */
  override put(msg: Message): Code | Easync {
    const isFirst = msg instanceof IncomingCall || this.#task.isClosed;
    if (isFirst || (this.#gate === null && !this.#mustFence)) return this.#pass(msg);
    this.#gate ??= this.#newGate();
    return closesCycle(this, msg) ? destroyCycle(this, msg) : this.#gate.put(msg);
  }

  /** What waits here until somebody receives: in its queue or in that of its set, and at its gate. */
  *waiting(): Generator<Message, void, undefined> {
    yield* this.#set?.waiting() ?? this.inbox.waiting();
    if (this.#gate !== null) yield* this.#gate.waiting();
  }

  /** From now on messages go to `agent`; those that wait in the inbox go first, in order. */
  serve(agent: MsgPort): void {
    this.join(null);
    this.inbox.interrupt('MACH_RCV_PORT_CHANGED');
    // Not before the inbox is empty: what a handler sends meanwhile queues behind what waits.
    for (let msg = this.inbox.next(); msg !== null; msg = this.inbox.next()) forwardMsg(agent, msg);
    this.#agent = agent;
  }

  /** From now on messages go to this set, or, with null, wait for who receives from the port itself. */
  join(set: Membership | null): void {
    this.listen();
    const waiting = this.#set?.leave() ?? [];
    this.#set = set;
    this.#agent = set?.agent ?? this.inbox;
    if (set === null) {
      this.inbox.ended = null;
      for (const msg of waiting) this.inbox.put(msg);
      return;
    }
    this.inbox.interrupt('MACH_RCV_PORT_CHANGED');
    this.inbox.ended = 'MACH_RCV_IN_SET';
    for (const msg of [...waiting, ...this.inbox.remove(() => true)]) forwardMsg(set.agent, msg);
  }

  /** Has the kernel push messages here. Handles of this task on the port then come straight to it, too. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#task.traps.post('serve', { name: this.#name });
    this.senders.watchElsewhere();
    this.#mustFence = true;
    this.successor = null;
    const remote = this.#task.remotes.get(this.#name);
    if (remote !== undefined) this.#takeOver(remote);
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** The kernel's name for the port, given on first use. A dead port has none. */
  export(): Name {
    if (this.#closed) return DEAD_NAME;
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
    if (!this.#closed) return this.#deaths.add(fn);
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

  /** Destroys the port: senders find it dead, messages nobody has taken are refused; or, with a backup, it goes there. */
  close(): void {
    if (this.#closed) return;
    const name = this.#name;
    if (name !== NULL_NAME && this.mayOutlive) void this.#leaveOrDie(name);
    else if (name !== NULL_NAME) this.#task.traps.post('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
    this.end();
  }

  /** The kernel's part of it is dead, or there was none. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#set !== null) this.join(null);
    this.#mustFence = false;
    this.#openGate();
    if (this.#task.ports.get(this.#name) === this) this.#task.ports.delete(this.#name);
    this.inbox.end();
    this.#deaths.died();
  }

  /** The receive right goes into a message: nobody receives from it any more (mach.md §8), it is in no set, and what comes waits. */
  depart(): void {
    if (this.#set !== null) this.join(null);
    this.#formerAgent = this.#agent;
    this.#agent = this.inbox;
    this.inbox.interrupt('MACH_RCV_PORT_DIED');
    this.senders.end();
  }

  /** The message was received in this task: nothing is left of what its former holder had wanted of it. */
  changedHands(): void {
    this.#formerAgent = null;
    this.inbox.ended = null;
    this.senders.resume(false);
  }

  /** The message with it did not leave. */
  stayed(): void {
    this.#isLeaving = false;
    const remote = this.successor;
    this.successor = null;
    if (remote !== null && this.#task.remotes.get(this.#name) === remote) this.#takeOver(remote);
    this.#resume();
  }

  /**
   * How a message names the receive right to the kernel. Handles that stay behind get a send right of their own. What this
   * task sent and nobody has taken goes into the kernel's queue now, ahead of whatever they send from there on.
   */
  leaveSpec(): RightSpec {
    if (this.#isLeaving) throw new IpcError('EBADBODY', 'a receive right goes into one message, once');
    this.#isLeaving = true;
    const name = this.export();
    this.#task.taken.report();
    const waiting = this.inbox.remove((msg) => !(msg instanceof IncomingCall));
    const isUsed = this.senders.handles > 0 || waiting.length > 0 || this.#gate !== null;
    if (isUsed) this.#becomeRemote(name, waiting);
    for (const once of this.onces) once.leave(this.#task, name);
    this.onces.clear();
    return { disp: DISP.MOVE_RECEIVE, name };
  }

  /** The message with it has left. */
  left(comeBack: ComeBack = () => {}): Departure {
    const untaken = [...this.#untaken].flatMap((call) => call.handBack() ?? []);
    this.#untaken.clear();
    this.#task.ports.delete(this.#name);
    return new Departure(this.#task, this.#name, untaken, comeBack);
  }

  /** The kernel did not take that message; or it did, and gives the right back under the name `returned`, served by nobody. */
  cameBack(returned: Name | null): void {
    if (returned !== null) this.#name = returned;
    this.#task.ports.set(this.#name, this);
    if (returned === null) return this.stayed();
    // Handles that stay behind are on the shim, all of them, until somebody listens here.
    this.#isLeaving = false;
    this.#isListening = false;
    return this.#resume();
  }

  /** Messages that nobody has taken are the kernel's: they go along to the backup, or die with the port, and it tells their senders. */
  async #leaveOrDie(name: Name): Promise<void> {
    const { traps, taken } = this.#task;
    this.depart();
    this.leaveSpec();
    const departure = this.left();
    taken.stop(name);
    try {
      await traps.call('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
      departure.taken();
    } catch (error) {
      // With the link, everything has gone.
      if (!this.#task.isClosed) throw error;
    }
  }

  /** Whether messages wait for a receiver, not for an agent. */
  get #isQueue(): boolean {
    return this.#set?.isQueue() ?? this.#agent === this.inbox;
  }

  /** The receive right is its holder's again. */
  #resume(): void {
    const agent = this.#formerAgent;
    this.#formerAgent = null;
    this.inbox.ended = null;
    this.senders.resume(true);
    if (agent !== null && agent !== this.inbox) this.serve(agent);
  }

  /** Past the gate. */
  #pass(msg: Message): Code | Easync {
    if (this.#closed) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    return this.#isQueue && closesCycle(this, msg) ? destroyCycle(this, msg) : this.#agent.put(msg);
  }

  #newGate(): Gate {
    this.#mustFence = false;
    return new Gate(this.#task, RemotePort.ofOwn(this.#task, this.#name), () => this.#openGate());
  }

  /** What waits at the gate goes on, in order; what is sent meanwhile joins it. */
  #openGate(): void {
    const gate = this.#gate;
    gate?.open(new DirectPort((msg) => this.#pass(msg)));
    this.#gate = null;
    gate?.remote.giveUp();
  }

  /** The handles that stood on the shim stand on the port from now on. */
  #takeOver(remote: RemotePort): void {
    this.#mustFence = true;
    this.#deaths = remote.deaths;
    this.senders.retain(remote.handOver(this));
    remote.giveUp();
  }

  /** And the other way round. */
  #becomeRemote(name: Name, waiting: readonly Message[]): void {
    const gate = this.#gate;
    this.#gate = null;
    const remote = gate?.remote ?? RemotePort.ofOwn(this.#task, name);
    this.successor = remote;
    remote.takeOver(this.senders.handOver(), this.#deaths);
    this.#deaths = new DeathWatch();
    remote.retain();
    for (const msg of waiting) forwardMsg(remote, msg);
    gate?.open(remote);
    remote.release();
  }
}

/** A port set, as a member sees it. */
export type Membership = {
  agent: MsgPort;
  /** Whether messages wait in it: nobody serves it. */
  isQueue(): boolean;
  /** Those of this port. */
  waiting(): Iterable<Message>;
  /** The port leaves: answers what waits for it in the set, in order. */
  leave(): Message[];
};

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
