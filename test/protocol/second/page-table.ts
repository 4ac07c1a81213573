import { type Reader, Writer } from './bytes.ts';
import { NO_CHANGE, PAGE, RETURN_NONE, XP } from './xp.ts';

const MOST_REQUESTS = 51;

/** A page that a kernel has. `lock` is what the pager forbids, `asked` what `data_unlock` has asked for since. */
export type Page = { bytes: Buffer; lock: number; precious: boolean; gen: number; dirty: boolean; asked: number };
type Say = (routine: number, fields: Writer) => void;

/** The pages of one object in a kernel, and who waits for some. */
export class PageTable {
  ready = false;
  readonly #say: Say;
  readonly #pages = new Map<number, Page>();
  readonly #requested = new Map<number, { error: boolean }>();
  #failed = false;
  #waiting: (() => void)[] = [];
  #lastRequest = 0;

  constructor(say: Say) {
    this.#say = say;
  }

  get resident(): number[] {
    return [...this.#pages.keys()];
  }

  /** The page, once it allows the access. Throws KERN_MEMORY_ERROR if there is nobody (left) to ask. */
  async fault(number: number, access: number): Promise<Page> {
    for (;;) {
      const page = this.#pages.get(number);
      if (page !== undefined && (page.lock & access) === 0) return page;
      if (this.#failed) throw new Error('KERN_MEMORY_ERROR');
      if (this.ready) this.#ask(number, page, access);
      const request = page === undefined ? this.#requested.get(number) : undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (request?.error === true) throw new Error('KERN_MEMORY_ERROR');
    }
  }

  /** The pager is ready. */
  begin(): void {
    this.ready = true;
    this.#wake();
  }

  /** The pager is no more: what is here may be used on, nothing else comes. */
  fail(): void {
    this.#failed = true;
    this.#wake();
  }

  /** Makes room: a clean page that is not precious goes without a word. */
  evict(number: number): void {
    const page = this.#pages.get(number);
    if (page !== undefined && (page.dirty || page.precious)) this.#giveBack(0, number, page, false);
    this.#pages.delete(number);
  }

  supplied(fields: Reader): void {
    const [, replyId, offset] = [fields.u64(), fields.u64(), fields.u64()];
    const [lock, precious, gen, data] = [fields.u8(), fields.bool(), fields.u64(), fields.rest()];
    if (data.length % PAGE !== 0 || offset % PAGE !== 0 || lock > 7) return;
    let at = 0;
    for (; at < data.length && !this.#pages.has((offset + at) / PAGE); at += PAGE) {
      const bytes = Buffer.from(data.subarray(at, at + PAGE));
      this.#install((offset + at) / PAGE, { bytes, lock, precious, gen, dirty: false, asked: 0 });
    }
    this.#wake();
    if (replyId === 0) return;
    const all = at === data.length;
    const result = new Writer().u64(replyId).u64(offset).u64(data.length);
    this.#say(XP.supply_completed, result.code(all ? '' : 'KERN_MEMORY_PRESENT').u64(all ? 0 : offset + at));
  }

  /** `data_unavailable`: zeros; `data_error`: nothing. Only who asked is answered. */
  answered(fields: Reader, zeros: boolean): void {
    const [, offset, length] = [fields.u64(), fields.u64(), fields.u64()];
    for (const number of range(offset, length)) {
      const request = this.#requested.get(number);
      if (request === undefined) continue;
      const bytes = Buffer.alloc(PAGE);
      request.error = !zeros;
      if (zeros) this.#install(number, { bytes, lock: 0, precious: false, gen: 0, dirty: false, asked: 0 });
      else this.#requested.delete(number);
    }
    this.#wake();
  }

  /** `lock_request`: restricts, then returns, then flushes. */
  lock(fields: Reader): void {
    const [reqId, , offset, length] = [fields.u64(), fields.u64(), fields.u64(), fields.u64()];
    const [shouldReturn, flush, lock, gen] = [fields.u8(), fields.bool(), fields.u8(), fields.u64()];
    for (const number of range(offset, length)) {
      const page = this.#pages.get(number);
      if (page === undefined) continue;
      if (lock !== NO_CHANGE) Object.assign(page, { lock, asked: 0 });
      const goes = shouldReturn !== RETURN_NONE && (page.dirty || (page.precious && shouldReturn > 1));
      if (goes) this.#giveBack(reqId, number, page, !flush);
      if (gen !== 0) page.gen = gen;
      if (flush) this.#pages.delete(number);
    }
    this.#wake();
    if (reqId !== 0) this.#say(XP.lock_completed, new Writer().u64(reqId).u64(offset).u64(length));
  }

  #install(number: number, page: Page): void {
    this.#requested.delete(number);
    this.#pages.set(number, page);
  }

  #ask(number: number, page: Page | undefined, access: number): void {
    const fields = (): Writer =>
      new Writer()
        .u64(++this.#lastRequest)
        .u64(number * PAGE)
        .u64(PAGE)
        .u8(access);
    if (page !== undefined) {
      if ((page.asked & access) !== 0) return;
      page.asked |= access;
      this.#say(XP.data_unlock, fields().u64(page.gen));
    } else if (!this.#requested.has(number) && this.#requested.size < MOST_REQUESTS) {
      this.#requested.set(number, { error: false });
      this.#say(XP.data_request, fields());
    }
  }

  #giveBack(reqId: number, number: number, page: Page, kernelCopy: boolean): void {
    const fields = new Writer()
      .u64(reqId)
      .u64(number * PAGE)
      .bool(page.dirty)
      .bool(kernelCopy);
    this.#say(XP.data_return, fields.u64(page.gen).bytes(page.bytes));
    page.dirty = false;
    page.precious = false;
  }

  #wake(): void {
    for (const look of this.#waiting.splice(0)) look();
  }
}

function range(offset: number, length: number): number[] {
  return Array.from({ length: Math.ceil(length / PAGE) }, (_, index) => offset / PAGE + index);
}
