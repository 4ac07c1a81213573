import type { ErrorCode, IpcError } from '../../errors.ts';
import { MOST_OWNER, ownedBy } from '../../lock/index.ts';
import { futexAt } from '../../vm/layout.ts';
import type { Task } from '../task.ts';
import { futexFailed } from './failures.ts';
import { DOUBTFUL, type FutexWords, TAKEN } from './futex-words.ts';
import { Grant } from './grant.ts';
import type { Mapping } from './mapping.ts';

/** A futex of a region: its address for calls, and its word where this task may use it. */
export class FutexPlace {
  readonly task: Task;
  readonly mapping: Mapping;
  readonly offset: number;
  readonly #own: number;
  /** Closed when the mapping changes, or the broker goes; null: it takes a call. */
  #words: FutexWords | null = null;
  /** Of its word, among those of its object. */
  #at = 0;
  /** By which the broker had it when it said so. */
  #grant = NO_GRANT;

  constructor(mapping: Mapping, offset: number) {
    this.task = mapping.task;
    this.mapping = mapping;
    this.offset = offset;
    this.#own = ownedBy(mapping.task.welcome.task);
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

  /** The grant by which this task has it from now on; null: it takes a call. */
  take(): Grant | null {
    const words = this.#words;
    if (words === null) return null;
    const grant = this.#grant;
    const how = words.take(this.#at, this.#own, grant);
    if (how === TAKEN) return grant;
    if (how === DOUBTFUL) this.task.calls.post('vm_futex_unlock', { address: this.address, gen: 0 });
    return null;
  }

  /** Whether it is given back; if not, it takes a call. */
  give(grant: Grant): boolean {
    const words = this.#words;
    return words !== null && words.give(this.#at, this.#own, grant);
  }

  /** What the broker has told with a lock: by which grant it has the futex, and where in the object's memory the word is (0: nowhere). */
  learn(grant: Grant, position: number): void {
    this.#grant = grant;
    this.#at = (position - futexAt(0)) / 4;
    // A word cannot name a greater number.
    const isInPlace = position !== 0 && this.task.welcome.task <= MOST_OWNER;
    this.#words = isInPlace ? this.mapping.futexes : null;
    if (this.#words !== null) this.mapping.keep(this);
  }

  failed(op: string, code: ErrorCode): IpcError {
    return futexFailed(op, this.offset, this.mapping.where, code);
  }

  /** What a caller has asked for cannot be meant. */
  invalid(op: string, what: string): IpcError {
    return futexFailed(op, this.offset, this.mapping.where, 'EINVAL', what);
  }
}

const NO_GRANT = new Grant(0, 0);
