import { NOTIFY, type Notification } from '../../kernel/types.ts';
import { runUserCode } from '../user-code.ts';

/**
 * Who can still send to a port of this task. Handles in this task are counted here. That other tasks hold a right, only the
 * kernel knows: it is asked to say when none does any more (no-senders, mach.md §10).
 */
export class Senders {
  readonly #ask: (notified: (notification: Notification) => void) => void;
  #handles = 0;
  /** Send rights made in messages so far. */
  #made = 0;
  #elsewhere = false;
  #onNone: (() => void) | undefined;
  #isOver = false;
  /** Whether there were senders when it was over. */
  #hadAny = false;

  constructor(ask: (notified: (notification: Notification) => void) => void) {
    this.#ask = ask;
  }

  get any(): boolean {
    return this.#handles > 0 || this.#elsewhere;
  }

  get handles(): number {
    return this.#handles;
  }

  retain(count = 1): void {
    this.#handles += count;
  }

  release(): void {
    this.#handles -= 1;
    this.#check();
  }

  /** The handles stand on a shim from now on. Answers how many there are. */
  handOver(): number {
    const handles = this.#handles;
    this.#handles = 0;
    return handles;
  }

  /** A message has left that makes a right to the port. */
  made(): void {
    this.#made += 1;
    this.watchElsewhere();
  }

  /** Other tasks may hold rights from now on. */
  watchElsewhere(): void {
    if (this.#elsewhere) return;
    this.#elsewhere = true;
    this.#watch();
  }

  /** The link is gone, and with it every sender in another task. */
  linkLost(): void {
    this.#elsewhere = false;
    this.#check();
  }

  /** Runs `fn` once there is no send right left, in this task or any other. */
  onNone(fn: () => void): void {
    this.#onNone = fn;
  }

  /** The receive right goes into a message: whoever has it next asks anew. */
  end(): void {
    this.#isOver = true;
    this.#hadAny = this.any;
  }

  /** It did not leave this task: `isSame` if it is its old holder's again. */
  resume(isSame: boolean): void {
    if (!this.#isOver) return;
    this.#isOver = false;
    if (!isSame) this.#onNone = undefined;
    if (this.#elsewhere) this.#watch();
    else if (this.#hadAny) this.#check();
  }

  /**
   * The request follows the message that made the right on the same link, so the kernel judges after it, and fires at once
   * should that message have failed. If more were made meanwhile, the answer is out of date and is asked for again.
   */
  #watch(): void {
    const made = this.#made;
    this.#ask((notification) => {
      // The death of the port answers the request too, in its own way.
      if (this.#isOver || notification.id !== NOTIFY.NO_SENDERS) return;
      if (this.#made !== made) return this.#watch();
      this.#elsewhere = false;
      return this.#check();
    });
  }

  #check(): void {
    if (this.any || this.#isOver) return;
    const fn = this.#onNone;
    this.#onNone = undefined;
    if (fn !== undefined) runUserCode(fn);
  }
}
