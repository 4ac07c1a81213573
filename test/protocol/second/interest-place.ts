import { Writer } from './bytes.ts';
import type { Borrower } from './loan.ts';
import { XP } from './xp.ts';

type Told = { on: boolean; reqId: number; noted: boolean };
const NOTHING: Told = { on: false, reqId: 0, noted: true };

/** One place that tasks sleep for: which kernels have sleepers, and which know of them. */
export class InterestPlace<K extends Borrower> {
  readonly #at: (reqId: number) => Writer;
  readonly #kernels: ReadonlySet<K>;
  /** Oldest first. */
  readonly #sleepers = new Set<K>();
  /** Their `interest`s that are not answered. */
  readonly #asking = new Map<K, number>();
  readonly #told = new Map<K, Told>();
  /** Of a wakeup of one: the kernel that has not answered, and those to ask if it has woken nobody. */
  readonly #one = new Map<number, { kernel: K; rest: K[] }>();
  /** Of a wakeup of all, and whether another has come since. */
  readonly #all = new Map<K, { reqId: number; again: boolean }>();
  #lastRequest = 0;

  constructor(offset: number, domain: number, kernels: ReadonlySet<K>) {
    this.#at = (reqId) => new Writer().u64(reqId).u64(offset).u32(domain);
    this.#kernels = kernels;
  }

  /** How many kernels have sleepers. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  interested(kernel: K, reqId: number): void {
    if (this.#asking.has(kernel)) return this.#complete(kernel, reqId, 'KERN_INVALID_ARGUMENT');
    this.#sleepers.add(kernel);
    this.#asking.set(kernel, reqId);
    this.tell();
  }

  noted(kernel: K, reqId: number): void {
    const told = this.#told.get(kernel);
    if (told?.reqId !== reqId) return;
    told.noted = true;
    this.tell();
  }

  wakeAll(waker: K): void {
    for (const kernel of this.#sleepers) if (kernel !== waker) this.#wakeAllOf(kernel);
  }

  wakeOne(waker: K): void {
    this.#askNext([...this.#sleepers].filter((kernel) => kernel !== waker));
  }

  completed(kernel: K, reqId: number, woke: boolean, sleeps: boolean): void {
    if (!sleeps && !this.#asking.has(kernel)) this.#sleepers.delete(kernel);
    const all = this.#all.get(kernel);
    if (all !== undefined && all.reqId === reqId) {
      this.#all.delete(kernel);
      if (all.again && this.#sleepers.has(kernel)) this.#wakeAllOf(kernel);
    }
    const one = this.#one.get(reqId);
    if (one?.kernel === kernel) {
      this.#one.delete(reqId);
      if (!woke) this.#askNext(one.rest);
    }
    this.tell();
  }

  /** It has no sleepers, has noted everything and has woken nobody. */
  gone(kernel: K): void {
    this.#sleepers.delete(kernel);
    this.#asking.delete(kernel);
    this.#told.delete(kernel);
    this.#all.delete(kernel);
    for (const [reqId, one] of this.#one) if (one.kernel === kernel) this.completed(kernel, reqId, false, false);
    this.tell();
  }

  /** Whoever has to know otherwise than he was told is told; whom nobody can miss any more hears it. */
  tell(): void {
    for (const kernel of this.#kernels) {
      const { on, noted } = this.#told.get(kernel) ?? NOTHING;
      const has = this.#hasToKnow(kernel);
      if (!noted || on === has) continue;
      const reqId = this.#nextId();
      this.#told.set(kernel, { on: has, reqId, noted: false });
      kernel.send(XP.interest_elsewhere, this.#at(reqId).bool(has));
    }
    for (const [kernel, reqId] of this.#asking) {
      if (!this.#allKnowOf(kernel)) continue;
      this.#asking.delete(kernel);
      this.#complete(kernel, reqId, '');
    }
  }

  #hasToKnow(kernel: K): boolean {
    return [...this.#sleepers].some((other) => other !== kernel);
  }

  #allKnowOf(sleeper: K): boolean {
    const knows = ({ on, noted }: Told): boolean => on && noted;
    return [...this.#kernels].every((kernel) => kernel === sleeper || knows(this.#told.get(kernel) ?? NOTHING));
  }

  #wakeAllOf(kernel: K): void {
    const asked = this.#all.get(kernel);
    if (asked !== undefined) return void (asked.again = true);
    const reqId = this.#nextId();
    this.#all.set(kernel, { reqId, again: false });
    kernel.send(XP.woken, this.#at(reqId).bool(false));
  }

  #askNext([kernel, ...rest]: K[]): void {
    if (kernel === undefined) return;
    if (!this.#sleepers.has(kernel)) return this.#askNext(rest);
    const reqId = this.#nextId();
    this.#one.set(reqId, { kernel, rest });
    kernel.send(XP.woken, this.#at(reqId).bool(true));
  }

  #complete(kernel: K, reqId: number, code: string): void {
    kernel.send(XP.interest_completed, this.#at(reqId).code(code));
  }

  #nextId(): number {
    this.#lastRequest += 1;
    return this.#lastRequest;
  }
}
