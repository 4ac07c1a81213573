import type { KernelXpKind, Xp } from '../wire/index.ts';
import { type FutexCore, tellMasterAt, tellWakesAt } from './futex-core.ts';
import { FUTEX_HANDLERS } from './futex-messages.ts';
import {
  type FutexEffect,
  type FutexFromKernel,
  type FutexOptions,
  type FutexState,
  newFutexState,
} from './futex-state.ts';
import type { KernelId } from './state.ts';

const DEFAULTS: FutexOptions = {
  size: Number.POSITIVE_INFINITY,
  lastGen: 0,
  recallsAtOnce: false,
  budgetMs: 0,
  mostOfKernel: 2 ** 16,
  most: 2 ** 18,
};

/**
 * The pager's side of all futexes of one memory object (Part II of the seed; pager.md §2.4, §2.8): which kernel has which, in what order
 * the others get it, and which have sleepers to wake. No clock, no I/O, no promises: the same calls give the same effects.
 */
export class FutexMasters {
  readonly #core: FutexCore;

  constructor(options: Partial<FutexOptions> = {}) {
    const all = { ...DEFAULTS, ...options };
    this.#core = { state: newFutexState(all), options: all, effects: [] };
  }

  /** A message of this kernel, which has the object, in the order it came. */
  receive(kernel: KernelId, message: FutexFromKernel): void {
    const core = this.#core;
    const handler = FUTEX_HANDLERS[message.kind] as (
      core: FutexCore,
      kernel: KernelId,
      message: FutexFromKernel,
    ) => string | null;
    const why = handler(core, kernel, message);
    if (why !== null) this.refuse(kernel, message.kind, why);
  }

  refuse(kernel: KernelId, kind: string, why: string): void {
    this.#core.effects.push({ type: 'refused', kernel, kind, why });
  }

  /** The kernel has terminated the object, or has died. All that it sent before has been received (R0.6). */
  leave(kernel: KernelId): void {
    for (const offset of this.#core.state.kernels.get(kernel) ?? []) {
      tellWakesAt(this.#core, offset, 'leave', { keeper: kernel });
      tellMasterAt(this.#core, offset, 'leave', { keeper: kernel });
    }
  }

  /** The time that the holder by this grant had, is over (`due`). */
  expired(offset: number, gen: number): void {
    tellMasterAt(this.#core, offset, 'expired', { gen });
  }

  /** Whether a kernel has the futex by this very grant: it is neither given back nor taken away. */
  holds(offset: number, gen: bigint): boolean {
    const master = this.#core.state.records.get(offset)?.master;
    return master !== undefined && master.holder !== null && BigInt(master.gen) === gen;
  }

  /** Bytes of the object from now on. */
  setSize(size: number): void {
    this.#core.state.size = size;
  }

  /** What the calls since the last time ask for, in order. */
  takeEffects(): FutexEffect[] {
    const { effects } = this.#core;
    this.#core.effects = [];
    return effects;
  }

  /** For tests and `inspect`; not to be changed. */
  get state(): Readonly<FutexState> {
    return this.#core.state;
  }
}

export function isAboutFutex(message: Xp<KernelXpKind>): message is FutexFromKernel {
  return message.kind in FUTEX_HANDLERS;
}
