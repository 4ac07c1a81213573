import { IpcError } from '../../errors.ts';
import { DISP, type Name, RIGHT, type RightSpec } from '../../kernel/types.ts';
import { forwardMsg, type Message, type MsgPort } from '../../msgport/index.ts';
import { RemotePort } from '../remote/remote-port.ts';
import { DeathWatch } from '../rights/death-watch.ts';
import type { Task } from '../task.ts';
import { type ComeBack, Departure } from './departure.ts';
import { Gate } from './gate.ts';
import type { LocalPort } from './local-port.ts';

/**
 * How the receive right of a port comes to this task and leaves it, unnoticed by the handles here that can send to it: they
 * stand on the port itself while it is here, else on a shim, and what each sends arrives in order all the same (DESIGN §5.2).
 */
export class Crossing {
  readonly #task: Task;
  readonly #port: LocalPort;
  /** Holds back what this task sends, while what it sent before is still on its way through the kernel. */
  gate: Gate | null = null;
  #isLeaving = false;

  constructor(task: Task, port: LocalPort) {
    this.#task = task;
    this.#port = port;
  }

  /** The handles that stood on the shim stand on the port from now on. */
  arrive(remote: RemotePort): void {
    const port = this.#port;
    port.deaths = remote.deaths;
    port.senders.retain(remote.handOver(port));
    this.gate = new Gate(this.#task, remote, () => this.#closeGate(port));
  }

  /**
   * How a message names the receive right to the kernel. Handles that stay behind get a send right of their own. What this
   * task sent and nobody has taken goes into the kernel's queue now, ahead of whatever they send from there on.
   */
  leave(): RightSpec {
    if (this.#isLeaving) throw new IpcError('EBADBODY', 'a receive right goes into one message, once');
    this.#isLeaving = true;
    const { reception, senders, onces } = this.#port;
    const name = this.#port.export();
    this.#task.taken.report();
    const waiting = reception.takeOwn();
    if (senders.handles > 0 || waiting.length > 0 || this.gate !== null) this.#standOnShim(name, waiting);
    for (const once of onces) once.leave(this.#task, name);
    onces.clear();
    return { disp: DISP.MOVE_RECEIVE, name };
  }

  /** The message with it did not leave. */
  stayed(): void {
    this.#isLeaving = false;
    const remote = this.#port.successor;
    this.#port.successor = null;
    if (remote !== null && this.#task.remotes.get(remote.name) === remote) this.arrive(remote);
  }

  /** The message with it has left. */
  left(comeBack: ComeBack = () => {}): Departure {
    const { reception, senders, name } = this.#port;
    const untaken = reception.handBack();
    this.#task.ports.delete(name);
    senders.end();
    reception.pause();
    return new Departure(this.#task, name, untaken, comeBack);
  }

  /** The kernel did not take that message; or it did, and gives the right back under the name `returned`, served by nobody. */
  cameBack(returned: Name | null): void {
    const { senders, reception } = this.#port;
    if (returned === null) {
      this.#task.ports.set(this.#port.name, this.#port);
      this.stayed();
    } else {
      this.#isLeaving = false;
      this.#port.successor = null;
      this.#port.isAt(returned);
    }
    senders.resume();
    reception.resume();
    if (reception.hasAgent) this.#port.listen();
  }

  /** With a backup, messages that nobody has taken go along. Else they are ours, and refused: no port has their name. */
  async leaveOrDie(): Promise<void> {
    const { calls } = this.#task;
    const { name } = this.leave();
    const departure = this.left();
    try {
      const status = calls.call('port_get_receive_status', { name });
      await calls.call('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
      if ((await status).pdrequest) departure.taken();
      else departure.notTaken(false);
    } catch (error) {
      // With the link, everything has gone.
      if (!this.#task.isClosed) throw error;
    }
  }

  /** The port is dead: what waits at the gate finds that out. */
  end(): void {
    this.#closeGate(this.#port);
  }

  #standOnShim(name: Name, waiting: readonly Message[]): void {
    const port = this.#port;
    const remote = this.gate?.remote ?? RemotePort.ofOwn(this.#task, name);
    port.successor = remote;
    remote.takeOver(port.senders.handOver(), port.deaths);
    port.deaths = new DeathWatch();
    remote.retain();
    for (const msg of waiting) forwardMsg(remote, msg);
    this.#closeGate(remote);
    remote.release();
  }

  /** What waits at the gate goes on, in order. */
  #closeGate(to: MsgPort): void {
    const gate = this.gate;
    this.gate = null;
    gate?.open(to);
    if (to === this.#port) gate?.remote.giveUp();
  }
}
