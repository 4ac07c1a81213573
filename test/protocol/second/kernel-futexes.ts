import type { Reader } from './bytes.ts';
import { type Held, Keeper, type Say } from './keeper.ts';
import { Sleepers } from './sleepers.ts';
import { XP } from './xp.ts';

/** The futexes of one object in a kernel. */
export class KernelFutexes {
  readonly #say: Say;
  readonly #keepers = new Map<number, Keeper>();
  readonly #sleepers = new Map<number, Sleepers>();
  #lastRequest = 0;

  constructor(say: Say) {
    this.#say = say;
  }

  lock(offset: number, user: string, noQueue = false): Promise<Held> {
    return this.keeper(offset).lock(user, noQueue);
  }

  arrived(routine: number, fields: Reader): void {
    if (routine === XP.futex_granted) {
      const reqId = fields.u64();
      this.keeper(fields.u64()).granted(reqId, fields.u64(), fields.u8(), fields.bool());
    } else if (routine === XP.futex_failed) {
      const [reqId, offset, code] = [fields.u64(), fields.u64(), fields.code()];
      this.keeper(offset).failed(reqId, code);
      this.sleepers(offset).failed(reqId, code);
    } else if (routine === XP.relinquish_futex) {
      this.keeper(fields.u64()).recalled(fields.u64());
    } else if (routine === XP.futex_fenced) {
      this.keeper(fields.u64()).fenced(fields.u64());
    } else if (routine === XP.futex_waiting) {
      const reqId = fields.u64();
      this.sleepers(fields.u64()).waiting(reqId);
    } else if (routine === XP.futex_woken) {
      const reqId = fields.u64();
      this.sleepers(fields.u64()).woken(reqId, fields.bool());
    }
  }

  /** The object is about to be terminated: nobody uses it any more. */
  giveBack(): void {
    for (const keeper of this.#keepers.values()) keeper.giveBack();
  }

  fail(): void {
    for (const keeper of this.#keepers.values()) keeper.fail();
    for (const sleepers of this.#sleepers.values()) sleepers.fail();
  }

  keeper(offset: number): Keeper {
    const keeper = this.#keepers.get(offset) ?? new Keeper(offset, this.#nextId, this.#say);
    this.#keepers.set(offset, keeper);
    return keeper;
  }

  sleepers(offset: number): Sleepers {
    const sleepers = this.#sleepers.get(offset) ?? new Sleepers(offset, this.#nextId, this.#say);
    this.#sleepers.set(offset, sleepers);
    return sleepers;
  }

  readonly #nextId = (): number => {
    this.#lastRequest += 1;
    return this.#lastRequest;
  };
}
