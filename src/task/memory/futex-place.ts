import type { ErrorCode, IpcError } from '../../errors.ts';
import { MOST_OWNER, ownedBy } from '../../lock/index.ts';
import type { Task } from '../task.ts';
import { futexFailed } from './failures.ts';
import { DOUBTFUL, FutexWord, TAKEN } from './futex-word.ts';
import type { Grant } from './grant.ts';
import type { LockCalls } from './lock-calls.ts';
import type { Mapping } from './mapping.ts';

/** A futex of a region: its address for calls, and its word where this task may use it. */
export class FutexPlace extends FutexWord {
  readonly task: Task;
  readonly mapping: Mapping;
  readonly offset: number;
  /** Which futex it is, whichever mapping it is reached by. */
  readonly key: { readonly object: number; readonly offset: number };
  readonly #lockCalls: LockCalls;

  constructor(mapping: Mapping, offset: number) {
    super(ownedBy(mapping.task.welcome.task));
    this.task = mapping.task;
    this.mapping = mapping;
    this.offset = offset;
    this.key = { object: mapping.where.object, offset: mapping.where.offset + offset };
    this.#lockCalls = mapping.task.vm.lockCalls;
  }

  get address(): number {
    return this.mapping.where.address + this.offset;
  }

  /** Makes a call on its address, if that still means this futex: at once, unless mappings of this task have changed. */
  async call<T>(op: string, make: (address: number) => Promise<T>): Promise<T> {
    const { mapping } = this;
    const looking = mapping.refresh();
    if (looking !== null) await looking;
    if (mapping.isUnmapped) throw this.failed(op, 'ERELEASED', 'its region is unmapped; map the object again');
    if (mapping.isGone && !this.task.isClosed) throw this.failed(op, 'KERN_INVALID_ADDRESS');
    return make(this.address);
  }

  /** The same futex by a region that is still mapped: a task has it as long as it maps the word anywhere (pager.md §2.1). Null: nowhere. */
  get present(): FutexPlace | null {
    return this.mapping.isGone ? this.mapping.presentOf(this.key) : this;
  }

  /** As `call`, by who has the futex: at whichever address the task still has it. */
  async callAsOwner<T>(op: string, make: (address: number) => Promise<T>): Promise<T> {
    // The call says that the broker has gone.
    if (this.task.isClosed) return make(this.address);
    for (let place = this.present; place !== null; place = this.present) {
      const looking = place.mapping.refresh();
      if (looking !== null) await looking;
      if (!place.mapping.isGone || this.task.isClosed) return make(place.address);
    }
    throw this.failed(op, 'ERELEASED');
  }

  /** The grant by which this task has it from now on; null: it takes a call. */
  take(): Grant | null {
    const calls = this.#lockCalls;
    if (calls.count !== 0 && calls.isOut(this.key)) return null;
    const how = this.takeWord();
    if (how === TAKEN) return this.grant;
    if (how === DOUBTFUL) this.task.calls.post('vm_futex_unlock', { address: this.address, gen: 0 });
    return null;
  }

  /** Whether that was all; if not, it takes a call. */
  give(grant: Grant): boolean {
    const calls = this.#lockCalls;
    return (calls.count === 0 || !calls.isOut(this.key)) && this.giveWord(grant);
  }

  /** The same as `call`, of a lock. */
  callToLock<T>(op: string, make: (address: number) => Promise<T>): Promise<T> {
    return this.#lockCalls.during(this.key, () => this.call(op, make));
  }

  /** What the broker has told with a lock: by which grant it has the futex, and where in the object's memory the word is (0: nowhere). */
  learn(grant: Grant, position: number): void {
    this.grant = grant;
    // A word cannot name a greater number.
    const isInPlace = position !== 0 && this.task.welcome.task <= MOST_OWNER;
    if (isInPlace) this.mapping.openFutex(this, position);
  }

  failed(op: string, code: ErrorCode, what?: string): IpcError {
    return futexFailed(op, this.offset, this.mapping.where, code, what);
  }

  /** What a caller has asked for cannot be meant. */
  invalid(op: string, what: string): IpcError {
    return this.failed(op, 'EINVAL', what);
  }
}
