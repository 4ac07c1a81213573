import type { Host } from '../host/host.ts';
import { FutexMasters } from './futex-masters.ts';
import type { FutexEffect, FutexFromKernel } from './futex-state.ts';
import type { KernelId } from './state.ts';
import type { FutexPolicy } from './store-api.ts';

/** Generations per millisecond: who counts on from the clock is past all that a pager before it gave out. */
const GENS_PER_MS = 1024;

/** The futexes of an object that is being served: the machine, and the time that holders have. */
export class ObjectFutexes implements Disposable {
  readonly #masters: FutexMasters;
  readonly #host: Host;
  readonly #budgetMs: number;
  readonly #onExpired: () => void;
  /** Of those that others wait for, by offset. */
  readonly #due = new Map<number, Disposable>();

  /** `onExpired`: there are effects to be carried out. */
  constructor(policy: FutexPolicy, host: Host, onExpired: () => void) {
    const { recallAtOnce: recallsAtOnce = false, budgetMs = 0 } = policy;
    const lastGen = Math.floor(host.now()) * GENS_PER_MS;
    this.#masters = new FutexMasters({ lastGen, recallsAtOnce, budgetMs });
    this.#host = host;
    this.#budgetMs = budgetMs;
    this.#onExpired = onExpired;
  }

  /** `size`: bytes that the object has now. `isKnown`: the kernel has said `init`. */
  receive(kernel: KernelId, message: FutexFromKernel, about: { size: number; isKnown: boolean }): void {
    this.#masters.setSize(about.size);
    if (about.isKnown) this.#masters.receive(kernel, message);
    else this.#masters.refuse(kernel, message.kind, 'the kernel has not said init');
  }

  leave(kernel: KernelId): void {
    this.#masters.leave(kernel);
  }

  holds(offset: number, gen: bigint): boolean {
    return this.#masters.holds(offset, gen);
  }

  /** What is left to be done outside. */
  *takeEffects(): Generator<Extract<FutexEffect, { type: 'send' | 'refused' }>> {
    for (const effect of this.#masters.takeEffects()) {
      if (effect.type === 'due') this.#await(effect.offset, effect.gen);
      else if (effect.type === 'over') this.#forget(effect.offset);
      else yield effect;
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#due.values()) timer[Symbol.dispose]();
    this.#due.clear();
  }

  #await(offset: number, gen: number): void {
    const expire = (): void => {
      if (this.#due.get(offset) !== timer) return;
      this.#due.delete(offset);
      this.#masters.expired(offset, gen);
      this.#onExpired();
    };
    // What came in time is heard first, where this process was too busy, or stopped, to hear it.
    const timer = this.#host.timer(this.#budgetMs, () => this.#host.immediate(expire), { unref: true });
    this.#due.set(offset, timer);
  }

  #forget(offset: number): void {
    this.#due.get(offset)?.[Symbol.dispose]();
    this.#due.delete(offset);
  }
}
