import { type Code, IpcError } from '../../errors.ts';
import { DISP, type Name, RIGHT, type RightSpec } from '../../kernel/types.ts';
import { DirectPort, type Easync, forwardMsg, type Message } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { RemotePort } from '../remote/remote-port.ts';
import { DeathWatch } from '../rights/death-watch.ts';
import type { Task } from '../task.ts';
import { closesCycle, destroyCycle } from './cycle.ts';
import { type ComeBack, Departure } from './departure.ts';
import { Gate } from './gate.ts';
import { LocalOnce } from './local-once.ts';
import type { LocalPort } from './local-port.ts';

/**
 * How the receive right of a port comes to this task and leaves it, unnoticed by the handles here that can send to it: they
 * stand on the port itself while it is here, else on a shim, and what each sends arrives in order all the same (DESIGN §5.2).
 */
export class Crossing {
  readonly #task: Task;
  readonly #port: LocalPort;
  #gate: Gate | null = null;
  #isLeaving = false;
  /** Whether what this task sends goes straight to the port. */
  isOver = true;

  constructor(task: Task, port: LocalPort) {
    this.#task = task;
    this.#port = port;
  }

  /** The port is received from in this task. Handles that stood on a shim stand on the port from now on. */
  arrive(): void {
    this.isOver = false;
    this.#port.successor = null;
    const remote = this.#task.remotes.get(this.#port.name);
    if (remote !== undefined) this.#takeOver(remote);
  }

  /** What this task sends to a port that has come to it: it waits until what was sent before has come through the kernel. */
  hold(msg: Message): Code | Easync {
    const port = this.#port;
    this.#gate ??= this.#newGate();
    return closesCycle(port, msg) ? destroyCycle(port, msg) : this.#gate.put(msg);
  }

  /** What waits at the gate. */
  waiting(): Iterable<Message> {
    return this.#gate?.waiting() ?? [];
  }

  /** The receive right goes into a message. */
  depart(): void {
    this.#port.reception.depart();
    this.#port.senders.end();
  }

  /** The message was received in this task: nothing is left of what its former holder had wanted of it. */
  changedHands(): void {
    this.#port.reception.changeHands();
    this.#port.senders.resume(false);
  }

  /**
   * How the message names the receive right to the kernel. Handles that stay behind get a send right of their own. What this
   * task sent and nobody has taken goes into the kernel's queue now, ahead of whatever they send from there on.
   */
  leave(): RightSpec {
    if (this.#isLeaving) throw new IpcError('EBADBODY', 'a receive right goes into one message, once');
    this.#isLeaving = true;
    const { reception, senders, onces } = this.#port;
    const name = this.#port.export();
    reception.settleSpent();
    this.#task.taken.report();
    const waiting = reception.takeOwn();
    if (senders.handles > 0 || waiting.length > 0 || this.#gate !== null) this.#standOnShim(name, waiting);
    for (const once of onces) once.leave(this.#task, name);
    onces.clear();
    return { disp: DISP.MOVE_RECEIVE, name };
  }

  /** The message did not leave. */
  stayed(): void {
    this.#isLeaving = false;
    const remote = this.#port.successor;
    this.#port.successor = null;
    // What went by the shim may wait for room in the kernel's queue still, even if no handle stands on the shim any more.
    if (remote !== null) this.isOver = false;
    if (remote !== null && this.#task.remotes.get(remote.name) === remote) this.#takeOver(remote);
    this.#resume();
  }

  /** It has left. */
  left(comeBack: ComeBack = () => {}): Departure {
    const { reception, name } = this.#port;
    const untaken = reception.handBack();
    this.#task.ports.delete(name);
    return new Departure(this.#task, name, untaken, comeBack);
  }

  /** The kernel did not take it; or it did, and gives the right back under the name `returned`, served by nobody. */
  cameBack(returned: Name | null): void {
    if (returned === null) {
      this.#task.ports.set(this.#port.name, this.#port);
      return this.stayed();
    }
    // Handles that stay behind are on the shim, all of them, until somebody listens here.
    this.#isLeaving = false;
    this.#port.isAt(returned);
    return this.#resume();
  }

  /** Messages that nobody has taken are the kernel's: they go along to the backup, or die with the port, and it tells their senders. */
  async leaveOrDie(): Promise<void> {
    const { calls, taken } = this.#task;
    this.depart();
    const { name } = this.leave();
    const departure = this.left();
    taken.stop(name);
    try {
      await calls.call('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
      departure.taken();
    } catch (error) {
      // With the link, everything has gone.
      if (!this.#task.isClosed) throw error;
    }
  }

  /** The port is dead: what waits at the gate finds that out. */
  end(): void {
    this.#openGate();
  }

  /** The receive right is its holder's again. */
  #resume(): void {
    const agent = this.#port.reception.resume();
    this.#port.senders.resume(true);
    if (agent === null) return;
    this.#port.listen();
    this.#port.reception.serve(agent);
  }

  #takeOver(remote: RemotePort): void {
    const port = this.#port;
    this.isOver = false;
    port.deaths = remote.deaths;
    port.senders.retain(remote.handOver(port));
    remote.giveUp();
  }

  #newGate(): Gate {
    return new Gate(this.#task, RemotePort.ofOwn(this.#task, this.#port.name), () => this.#openGate());
  }

  /** A notification of a right that was given up here is the kernel's to make now. */
  #sendAgain(msg: Message, remote: RemotePort): void {
    if (msg instanceof Call && msg.notification !== null)
      new LocalOnce(this.#port).leave(this.#task, remote.name).release();
    else forwardMsg(remote, msg);
  }

  /** What waits at the gate goes on, in order; what is sent meanwhile joins it. */
  #openGate(): void {
    const gate = this.#gate;
    gate?.open(new DirectPort((msg) => this.#port.receive(msg)));
    this.#gate = null;
    this.isOver = true;
    gate?.remote.giveUp();
  }

  #standOnShim(name: Name, waiting: readonly Message[]): void {
    const port = this.#port;
    const gate = this.#gate;
    this.#gate = null;
    const remote = gate?.remote ?? RemotePort.ofOwn(this.#task, name);
    port.successor = remote;
    remote.takeOver(port.senders.handOver(), port.deaths);
    port.deaths = new DeathWatch();
    remote.retain();
    for (const msg of waiting) this.#sendAgain(msg, remote);
    gate?.open(remote);
    remote.release();
  }
}
