import { Writer } from './bytes.ts';
import type { Borrower } from './loan.ts';
import { XP } from './xp.ts';

/** Who sleeps on one word, kernel by kernel: a pager carries wakeups from one to the others. */
export class Wakeups<K extends Borrower> {
  readonly #offset: number;
  readonly #waiting = new Set<K>();
  /** By the number of what was asked: the kernel that has not answered, and those to ask if it has woken nobody. */
  readonly #asked = new Map<number, { kernel: K; rest: K[] }>();
  #lastRequest = 0;

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** How many kernels hear of wakeups. */
  get waiting(): number {
    return this.#waiting.size;
  }

  waits(kernel: K, reqId: number): void {
    this.#waiting.add(kernel);
    kernel.send(XP.futex_waiting, new Writer().u64(reqId).u64(this.#offset));
  }

  wake(waker: K, broadcast: boolean): void {
    const others = [...this.#waiting].filter((kernel) => kernel !== waker);
    if (broadcast) for (const kernel of others) this.#ask(kernel, [], true);
    else this.#askNext(others);
  }

  completed(kernel: K, reqId: number, woke: boolean, waits: boolean): void {
    if (!waits) this.#waiting.delete(kernel);
    const asked = this.#asked.get(reqId);
    if (asked?.kernel !== kernel) return;
    this.#asked.delete(reqId);
    if (!woke) this.#askNext(asked.rest);
  }

  gone(kernel: K): void {
    this.#waiting.delete(kernel);
    for (const [reqId, asked] of this.#asked) {
      if (asked.kernel === kernel) this.completed(kernel, reqId, false, false);
    }
  }

  #askNext([kernel, ...rest]: K[]): void {
    if (kernel === undefined) return;
    if (this.#waiting.has(kernel)) this.#ask(kernel, rest, false);
    else this.#askNext(rest);
  }

  #ask(kernel: K, rest: K[], broadcast: boolean): void {
    this.#lastRequest += 1;
    this.#asked.set(this.#lastRequest, { kernel, rest });
    kernel.send(XP.futex_woken, new Writer().u64(this.#lastRequest).u64(this.#offset).bool(broadcast));
  }
}
