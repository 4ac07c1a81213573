import { Writer } from './bytes.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Say } from './keeper.ts';
import { XP } from './xp.ts';

/** The tasks of a kernel that sleep on one word, oldest first. */
export class Sleepers {
  readonly #offset: number;
  readonly #nextId: () => number;
  readonly #say: Say;
  readonly #sleeping: Deferred<void>[] = [];
  /** Those that have not compared yet. */
  #aboutTo = 0;
  /** That wakeups of other kernels come here: asked for, with this number, and settled when it is so. */
  #heard: { reqId: number; settled: Deferred<void> } | undefined;

  constructor(offset: number, nextId: () => number, say: Say) {
    this.#offset = offset;
    this.#nextId = nextId;
    this.#say = say;
  }

  get count(): number {
    return this.#sleeping.length;
  }

  /** Sleeps until somebody wakes it, if the word is `value`. `read` brings its bytes, not a copy of them. */
  async sleep(value: number, read: () => Promise<Buffer>): Promise<void> {
    this.#aboutTo += 1;
    try {
      await this.#register();
      const word = await read();
      if (word.readUInt32LE() !== value) throw new Error('KERN_INVALID_ARGUMENT');
    } finally {
      this.#aboutTo -= 1;
    }
    // Nothing has come in between: whoever stores and wakes after the comparison finds the sleeper.
    const woken = deferred<void>();
    this.#sleeping.push(woken);
    return woken.promise;
  }

  /** After the store, if there is one. */
  wake(broadcast: boolean): void {
    const woke = this.#wakeHere(broadcast);
    if (broadcast || !woke) this.#say(XP.futex_wake, new Writer().u64(this.#offset).bool(broadcast));
  }

  waiting(reqId: number): void {
    if (this.#heard?.reqId === reqId) this.#heard.settled.resolve();
  }

  /** The pager does not take it. */
  failed(reqId: number, code: string): void {
    if (this.#heard?.reqId !== reqId) return;
    this.#heard.settled.reject(new Error(code));
    this.#heard = undefined;
  }

  woken(reqId: number, broadcast: boolean): void {
    const woke = this.#wakeHere(broadcast);
    const waits = this.#sleeping.length + this.#aboutTo > 0;
    if (!waits) this.#heard = undefined;
    this.#say(XP.futex_wake_completed, new Writer().u64(reqId).u64(this.#offset).bool(woke).bool(waits));
  }

  /** The pager is gone. */
  fail(): void {
    this.#heard?.settled.reject(new Error('KERN_MEMORY_ERROR'));
    for (const sleeper of this.#sleeping.splice(0)) sleeper.reject(new Error('KERN_MEMORY_ERROR'));
  }

  #register(): Promise<void> {
    if (this.#heard === undefined) {
      this.#heard = { reqId: this.#nextId(), settled: deferred<void>() };
      this.#say(XP.futex_wait, new Writer().u64(this.#heard.reqId).u64(this.#offset));
    }
    return this.#heard.settled.promise;
  }

  #wakeHere(broadcast: boolean): boolean {
    const woken = this.#sleeping.splice(0, broadcast ? this.#sleeping.length : 1);
    for (const sleeper of woken) sleeper.resolve();
    return woken.length > 0;
  }
}
