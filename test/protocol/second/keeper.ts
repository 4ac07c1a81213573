import { Writer } from './bytes.ts';
import { type Deferred, deferred } from './deferred.ts';
import { CLEAN, NOQUEUE, NOT_RECOVERABLE, OWNER_DIED, XP } from './xp.ts';

export type Say = (routine: number, fields: Writer) => void;
/** The grant by which a task of the kernel has a futex. */
export type Held = { gen: number; ownerDied: boolean };
type Waiter = { user: string; noQueue: boolean; outcome: Deferred<Held> };

/** One futex in a kernel, which lends it to its tasks (by their names) one after the other, and keeps it in between. */
export class Keeper {
  /** By which the kernel has it; 0: it has it not. */
  gen = 0;
  owner: string | undefined;
  state = CLEAN;
  /** The `lock_futex` that has not been answered. */
  #asked: { reqId: number; noQueue: boolean } | undefined;
  #isRecalled = false;
  #isDead = false;
  readonly #queue: Waiter[] = [];
  /** Who had it when it was taken away, and has not been told. */
  readonly #fenced = new Set<string>();
  readonly #offset: number;
  readonly #nextId: () => number;
  readonly #say: Say;

  constructor(offset: number, nextId: () => number, say: Say) {
    this.#offset = offset;
    this.#nextId = nextId;
    this.#say = say;
  }

  /** Whether an answer is on its way. */
  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  async lock(user: string, noQueue: boolean): Promise<Held> {
    if (this.#fenced.delete(user)) throw new Error('EFENCED');
    if (this.owner === user) throw new Error('EDEADLK');
    if (this.#isDead) throw new Error('KERN_MEMORY_ERROR');
    const isFree = this.gen !== 0 && this.owner === undefined;
    if (noQueue && !isFree && (this.gen !== 0 || this.isAsked)) throw new Error('EAGAIN');
    const outcome = deferred<Held>();
    this.#queue.push({ user, noQueue, outcome });
    if (isFree) this.#handOn();
    else this.#ask();
    return outcome.promise;
  }

  unlock(user: string): void {
    this.#check(user);
    if (this.state === OWNER_DIED) this.state = NOT_RECOVERABLE;
    this.#vacate();
  }

  consistent(user: string): void {
    this.#check(user);
    if (this.state !== OWNER_DIED) throw new Error('EINVAL');
    this.state = CLEAN;
  }

  /** A task is gone, or has unmapped the word. */
  gone(user: string): void {
    this.cancel(user);
    if (this.owner !== user) return;
    this.state = OWNER_DIED;
    this.#vacate();
  }

  /** It waits no more. */
  cancel(user: string): void {
    const at = this.#queue.findIndex((waiter) => waiter.user === user);
    if (at < 0) return;
    for (const { outcome } of this.#queue.splice(at, 1)) outcome.reject(new Error('KERN_INTERRUPTED'));
    if (this.#queue.length > 0 || this.#asked === undefined) return;
    this.#say(XP.cancel_futex, new Writer().u64(this.#asked.reqId).u64(this.#offset));
  }

  /** Gives it back unasked, unless somebody uses it. */
  giveBack(): void {
    if (this.gen !== 0 && this.owner === undefined) this.#release();
  }

  granted(reqId: number, gen: number, state: number, recall: boolean): void {
    if (this.#asked?.reqId !== reqId) return;
    this.#asked = undefined;
    Object.assign(this, { gen, state });
    this.#isRecalled = recall;
    // Whoever wanted it may be gone: it is the kernel's all the same.
    if (this.#queue.length > 0) this.#handOn();
    else if (recall) this.#release();
  }

  failed(reqId: number, code: string): void {
    if (this.#asked?.reqId !== reqId) return;
    this.#asked = undefined;
    const isOver = code !== 'EAGAIN' && code !== 'KERN_ABORTED';
    if (isOver) this.#tellAll(code);
    else if (code === 'EAGAIN' && this.#queue[0]?.noQueue === true) {
      this.#queue.shift()?.outcome.reject(new Error(code));
    }
    this.#ask();
  }

  recalled(gen: number): void {
    // By another grant it crossed what it asks for.
    if (this.gen === 0 || this.gen !== gen) return;
    this.#isRecalled = true;
    this.giveBack();
  }

  fenced(gen: number): void {
    if (this.gen === 0 || this.gen !== gen) return;
    if (this.owner !== undefined) this.#fenced.add(this.owner);
    this.owner = undefined;
    this.gen = 0;
    this.#ask();
  }

  /** The pager is gone. */
  fail(): void {
    this.#isDead = true;
    this.#asked = undefined;
    this.#tellAll('KERN_MEMORY_ERROR');
  }

  #check(user: string): void {
    if (this.#fenced.delete(user)) throw new Error('EFENCED');
    if (this.owner !== user) throw new Error('EPERM');
  }

  #vacate(): void {
    this.owner = undefined;
    if (this.#isDead) return;
    const isLost = this.state === NOT_RECOVERABLE;
    if (isLost) this.#tellAll('ENOTRECOVERABLE');
    if (isLost || this.#isRecalled) this.#release();
    else if (this.#queue.length > 0) this.#handOn();
  }

  #handOn(): void {
    const next = this.#queue.shift();
    this.owner = next?.user;
    next?.outcome.resolve({ gen: this.gen, ownerDied: this.state === OWNER_DIED });
  }

  #release(): void {
    this.#say(XP.futex_released, new Writer().u64(this.#offset).u64(this.gen).u8(this.state));
    this.gen = 0;
    this.#ask();
  }

  #ask(): void {
    const [first] = this.#queue;
    if (first === undefined || this.isAsked || this.gen !== 0) return;
    this.#asked = { reqId: this.#nextId(), noQueue: first.noQueue };
    const flags = first.noQueue ? NOQUEUE : 0;
    this.#say(XP.lock_futex, new Writer().u64(this.#asked.reqId).u64(this.#offset).u8(flags));
  }

  #tellAll(code: string): void {
    for (const { outcome } of this.#queue.splice(0)) outcome.reject(new Error(code));
  }
}
