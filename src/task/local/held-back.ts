import { IpcError } from '../../errors.ts';
import { type Arrival, gate } from '../critical.ts';
import type { IncomingCall } from '../messages/incoming-call.ts';
import type { Task } from '../task.ts';

/**
 * Requests from other tasks that a critical section keeps out. They count as not taken: the kernel's window bounds what each port has
 * of them, and may take them back; `heldBack` bounds all of them.
 */
export class HeldBack {
  readonly #task: Task;
  readonly #held = new Set<IncomingCall>();
  #hasWarned = false;
  #alarm: Disposable | null = null;

  constructor(task: Task) {
    this.#task = task;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Has `start` run when no section keeps the request out any more. What is one too many is answered now, and never handled. */
  hold(call: IncomingCall, object: string, isWanted: () => boolean, start: () => void): void {
    const isTooMany = this.#held.size >= this.#task.limits.heldBack;
    if (isTooMany) this.#refuse(call, object);
    else this.#add(call);
    const over = (): void => {
      call.withdraw = null;
      this.#remove(call);
    };
    const arrival: Arrival = {
      isWanted,
      run() {
        over();
        start();
      },
    };
    call.withdraw = () => {
      gate.withdraw(arrival);
      over();
    };
    gate.hold(arrival);
  }

  /** The link has ended: what has not been taken is the kernel's, which tells its senders that nobody handled it. */
  closed(): void {
    for (const call of this.#held) call.withdraw?.();
  }

  #refuse(call: IncomingCall, object: string): void {
    const text =
      `${object}: it is in a critical section (entered at ${gate.closedAt}), and ${this.#held.size} requests wait for the end of ` +
      'that already (heldBack); try again later, or make the section shorter';
    // Who asks for no answer is not told. One line for all until there is room again.
    if (call.oneWay && !this.#hasWarned) this.#task.warn(`a one-way message was refused: ${text}`);
    this.#hasWarned ||= call.oneWay;
    call.refuseAhead(new IpcError('ELIMIT', text, { object, handled: 'no' }));
  }

  #add(call: IncomingCall): void {
    this.#held.add(call);
    this.#alarm ??= this.#task.host.timer(LONG_MS, () => this.#warn(), { unref: true });
  }

  #remove(call: IncomingCall): void {
    this.#held.delete(call);
    if (this.#held.size > 0) return;
    this.#hasWarned = false;
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = null;
  }

  /** Most likely the section waits for something that waits at the gate. */
  #warn(): void {
    const seconds = LONG_MS / 1000;
    this.#task.warn(
      `for ${seconds} seconds critical sections have kept requests of other tasks out (${this.#held.size} now); the oldest was ` +
        `entered at ${gate.closedAt}. Does it wait for one of them? What is waited for as by a sleeper lets them in`,
    );
  }
}

const LONG_MS = 10_000;
