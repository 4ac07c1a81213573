import { type Reader, Writer } from './bytes.ts';
import { type Borrower, Loan } from './loan.ts';
import { Wakeups } from './wakeups.ts';
import { XP } from './xp.ts';

/** The futexes of one object, at its pager. */
export class Lender<K extends Borrower> {
  /** How many offsets it has room for. */
  room = Infinity;
  readonly #loans = new Map<number, Loan<K>>();
  readonly #wakeups = new Map<number, Wakeups<K>>();

  /** What a kernel says about a futex; anything else is left alone. */
  arrived(kernel: K, routine: number, fields: Reader): void {
    if (routine === XP.futex_released) {
      this.loan(fields.u64()).released(kernel, fields.u64(), fields.u8());
    } else if (routine === XP.futex_wake) {
      this.wakeups(fields.u64()).wake(kernel, fields.bool());
    } else if (routine === XP.lock_futex) {
      const [reqId, offset] = [fields.u64(), fields.u64()];
      if (this.#hasRoom(kernel, reqId, offset)) this.loan(offset).asked(kernel, reqId, fields.u8());
    } else if (routine === XP.cancel_futex) {
      const reqId = fields.u64();
      this.loan(fields.u64()).cancelled(kernel, reqId);
    } else if (routine === XP.futex_wait) {
      const [reqId, offset] = [fields.u64(), fields.u64()];
      if (this.#hasRoom(kernel, reqId, offset)) this.wakeups(offset).waits(kernel, reqId);
    } else if (routine === XP.futex_wake_completed) {
      const reqId = fields.u64();
      this.wakeups(fields.u64()).completed(kernel, reqId, fields.bool(), fields.bool());
    }
  }

  forget(kernel: K): void {
    for (const loan of this.#loans.values()) loan.gone(kernel);
    for (const wakeups of this.#wakeups.values()) wakeups.gone(kernel);
  }

  loan(offset: number): Loan<K> {
    const loan = this.#loans.get(offset) ?? new Loan<K>(offset);
    this.#loans.set(offset, loan);
    return loan;
  }

  /** Else it says so: to who wants the futex, or wants to hear of wakeups. */
  #hasRoom(kernel: K, reqId: number, offset: number): boolean {
    const known = new Set([...this.#loans.keys(), ...this.#wakeups.keys()]);
    if (known.has(offset) || known.size < this.room) return true;
    kernel.send(XP.futex_failed, new Writer().u64(reqId).u64(offset).code('KERN_RESOURCE_SHORTAGE'));
    return false;
  }

  wakeups(offset: number): Wakeups<K> {
    const wakeups = this.#wakeups.get(offset) ?? new Wakeups<K>(offset);
    this.#wakeups.set(offset, wakeups);
    return wakeups;
  }
}
