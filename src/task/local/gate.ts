import { forwardMsg, type Message, type MsgPort, QueuePort, ReplyPort, sendMsg } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import type { RemotePort } from '../remote/remote-port.ts';
import type { Task } from '../task.ts';

/**
 * The receive right of a port has come to a task that was sending to it. What the task sends from now on could go straight to
 * the port, and so overtake what it sent before, which lies in the kernel's queue. The gate holds it back until a barrier,
 * sent the old way, has come through: FIFO per sender and port (DESIGN §5.1).
 */
export class Gate {
  readonly #task: Task;
  readonly #held = new QueuePort();
  readonly #opened: () => void;
  /** The old way, which keeps its user references until the barrier is through. */
  readonly remote: RemotePort;
  #isOver = false;

  constructor(task: Task, remote: RemotePort, opened: () => void) {
    this.#task = task;
    this.remote = remote;
    this.#opened = opened;
    this.#sendBarrier();
  }

  waiting(): Iterable<Message> {
    return this.#held.waiting();
  }

  put(msg: Message): 'EASYNC' {
    this.#held.put(msg);
    return 'EASYNC';
  }

  /** Lets what waits here through, in order, and holds nothing any more. */
  open(to: MsgPort): void {
    this.#isOver = true;
    for (let msg = this.#held.get(); msg !== null; msg = this.#held.get()) forwardMsg(to, msg);
  }

  #sendBarrier(): void {
    const barrier = new Call(0, undefined, new ReplyPort(() => this.#answered(barrier)));
    barrier.barrier = true;
    sendMsg(this.remote, barrier);
  }

  #answered({ error }: Message): void {
    if (this.#isOver) return;
    const isOverLimit = error === 'ELIMIT' || error === 'MACH_SEND_NO_BUFFER';
    if (!isOverLimit) this.#opened();
    // This task has too much on its way elsewhere. Order comes before speed.
    else this.#task.host.timer(RETRY_MS, () => this.#isOver || this.#sendBarrier());
  }
}

const RETRY_MS = 10;
