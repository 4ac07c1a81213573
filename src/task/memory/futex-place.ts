import type { ErrorCode, IpcError } from '../../errors.ts';
import { MOST_OWNER, ownedBy } from '../../lock/index.ts';
import type { Task } from '../task.ts';
import { futexFailed } from './failures.ts';
import { BUSY } from './futex-words.ts';
import type { Mapping } from './mapping.ts';

/** A futex of a region: its address for calls, and its word where this task may use it. */
export class FutexPlace {
  readonly mapping: Mapping;
  readonly offset: number;
  readonly #own: number | null;
  /** Of its word, among those of its object. The broker tells with the first lock. */
  #at: number | null = null;

  constructor(mapping: Mapping, offset: number) {
    const { task } = mapping.task.welcome;
    this.mapping = mapping;
    this.offset = offset;
    this.#own = task <= MOST_OWNER ? ownedBy(task) : null;
  }

  get task(): Task {
    return this.mapping.task;
  }

  get address(): number {
    return this.mapping.where.address + this.offset;
  }

  /** Makes a call on its address, if that still means this futex: at once, unless mappings of this task have changed. `lost`: the code if not. */
  async call<T>(
    op: string,
    make: (address: number) => Promise<T>,
    lost: ErrorCode = 'KERN_INVALID_ADDRESS',
  ): Promise<T> {
    const { mapping } = this;
    const looking = mapping.refresh();
    if (looking !== null) await looking;
    if (mapping.isUnmapped) throw this.failed(op, 'ERELEASED');
    if (mapping.isGone && !this.task.isClosed) throw this.failed(op, lost);
    return make(this.address);
  }

  /** The generation by which this task has it from now on; null: it takes a call. */
  take(): number | null {
    const at = (this.#at ??= this.mapping.wordAt(this.offset));
    const words = this.mapping.futexes;
    if (at === null || words === null || this.#own === null) return null;
    const gen = words.take(at, this.#own);
    if (gen >= 0) return gen;
    if (gen !== BUSY) this.task.calls.post('vm_futex_unlock', { address: this.address, gen: 0 });
    return null;
  }

  /** Whether it is given back; if not, it takes a call. */
  give(gen: number): boolean {
    const words = this.mapping.futexes;
    return this.#at !== null && words !== null && this.#own !== null && words.give(this.#at, this.#own, gen);
  }

  failed(op: string, code: ErrorCode): IpcError {
    return futexFailed(op, this.offset, this.mapping.where, code);
  }

  /** What a caller has asked for cannot be meant. */
  invalid(op: string, what: string): IpcError {
    return futexFailed(op, this.offset, this.mapping.where, 'EINVAL', what);
  }
}
