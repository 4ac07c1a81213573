import { type Reader, Writer } from './bytes.ts';
import type { Borrower } from './loan.ts';
import { InterestPlace } from './interest-place.ts';
import { XP } from './xp.ts';

/** Where tasks of several kernels sleep in one object, at its pager: by offset and domain. */
export class Interests<K extends Borrower> {
  readonly #size: number;
  readonly #kernels = new Set<K>();
  readonly #places = new Map<string, InterestPlace<K>>();

  /** Of an object of `size` bytes. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether the message was about sleepers. */
  arrived(kernel: K, routine: number, fields: Reader): boolean {
    if (routine === XP.interest || routine === XP.interest_noted) {
      const reqId = fields.u64();
      const [offset, domain] = [fields.u64(), fields.u32()];
      if (routine === XP.interest_noted) this.place(offset, domain).noted(kernel, reqId);
      else if (offset < this.#size) this.place(offset, domain).interested(kernel, reqId);
      else
        kernel.send(XP.interest_completed, new Writer().u64(reqId).u64(offset).u32(domain).code('KERN_MEMORY_ERROR'));
    } else if (routine === XP.wakeup) {
      const place = this.place(fields.u64(), fields.u32());
      if (fields.bool()) place.wakeOne(kernel);
      else place.wakeAll(kernel);
    } else if (routine === XP.woken_completed) {
      const reqId = fields.u64();
      this.place(fields.u64(), fields.u32()).completed(kernel, reqId, fields.bool(), fields.bool());
    } else return false;
    return true;
  }

  /** Before it is ready, a kernel is told where others sleep. */
  joins(kernel: K): void {
    this.#kernels.add(kernel);
    for (const place of this.#places.values()) place.tell();
  }

  forget(kernel: K): void {
    this.#kernels.delete(kernel);
    for (const place of this.#places.values()) place.gone(kernel);
  }

  place(offset: number, domain = 0): InterestPlace<K> {
    const key = `${offset} ${domain}`;
    const place = this.#places.get(key) ?? new InterestPlace<K>(offset, domain, this.#kernels);
    this.#places.set(key, place);
    return place;
  }
}
