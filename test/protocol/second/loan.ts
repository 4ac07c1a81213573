import { Writer } from './bytes.ts';
import { CLEAN, NOQUEUE, NOT_RECOVERABLE, OWNER_DIED, XP } from './xp.ts';

/** A kernel, as futexes know it. */
export interface Borrower {
  send(routine: number, fields: Writer): void;
}

/** One futex, which its pager lends to one kernel at a time. */
export class Loan<K extends Borrower> {
  holder: K | undefined;
  gen = 0;
  state = CLEAN;
  readonly #offset: number;
  #queue: { kernel: K; reqId: number }[] = [];
  /** The holder has been told that others wait. */
  #recalled = false;

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** How many kernels wait for it. */
  get waiting(): number {
    return this.#queue.length;
  }

  asked(kernel: K, reqId: number, flags: number): void {
    if (this.state === NOT_RECOVERABLE) return this.#fail(kernel, reqId, 'ENOTRECOVERABLE');
    const isKnown = this.holder === kernel || this.#queue.some((asked) => asked.kernel === kernel);
    if (isKnown) return this.#fail(kernel, reqId, 'KERN_INVALID_ARGUMENT');
    if (this.holder === undefined) return this.#grant(kernel, reqId);
    if ((flags & NOQUEUE) !== 0) this.#fail(kernel, reqId, 'EAGAIN');
    else this.#queue.push({ kernel, reqId });
    if (this.#recalled) return;
    this.#recalled = true;
    this.holder.send(XP.relinquish_futex, new Writer().u64(this.#offset).u64(this.gen).u32(0));
  }

  released(kernel: K, gen: number, state: number): void {
    if (this.holder !== kernel || this.gen !== gen) return;
    this.#free(state);
  }

  cancelled(kernel: K, reqId: number): void {
    const at = this.#queue.findIndex((asked) => asked.kernel === kernel && asked.reqId === reqId);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#fail(kernel, reqId, 'KERN_ABORTED');
  }

  /** The kernel has finished, or died. Nobody knows whether one of its tasks was inside. */
  gone(kernel: K): void {
    this.#queue = this.#queue.filter((asked) => asked.kernel !== kernel);
    if (this.holder === kernel) this.#free(OWNER_DIED);
  }

  /** Takes it away from who has it. */
  revoke(): void {
    this.holder?.send(XP.futex_fenced, new Writer().u64(this.#offset).u64(this.gen));
    if (this.holder !== undefined) this.#free(OWNER_DIED);
  }

  #free(state: number): void {
    this.holder = undefined;
    this.state = state;
    if (state === NOT_RECOVERABLE) {
      for (const { kernel, reqId } of this.#queue.splice(0)) this.#fail(kernel, reqId, 'ENOTRECOVERABLE');
    }
    const next = this.#queue.shift();
    if (next !== undefined) this.#grant(next.kernel, next.reqId);
  }

  #grant(kernel: K, reqId: number): void {
    this.holder = kernel;
    this.gen += 1;
    this.#recalled = this.#queue.length > 0;
    const fields = new Writer().u64(reqId).u64(this.#offset).u64(this.gen);
    kernel.send(XP.futex_granted, fields.u8(this.state).bool(this.#recalled));
  }

  #fail(kernel: K, reqId: number, code: string): void {
    kernel.send(XP.futex_failed, new Writer().u64(reqId).u64(this.#offset).code(code));
  }
}
