import type { Master } from '../../src/pager/master.ts';
import type { FromKernel, ToKernel } from '../../src/pager/state.ts';
import { SHOULD_RETURN, VM_PROT } from '../../src/wire/index.ts';
import type { ModelStore } from './model-store.ts';
import { CELL } from './cell.ts';

type Page = { cells: number[]; lock: number; gen: number; dirty: boolean; unlockAsked: boolean };

/** A kernel as pager.md §1.2 has it, as simple as it gets: it keeps pages, asks for one at a time, and does what it is told. */
export class ModelKernel {
  readonly id: number;
  readonly pageSize: number;
  readonly toPager: FromKernel[] = [];
  readonly toKernel: ToKernel[] = [];
  readonly #pages = new Map<number, Page>();
  readonly #requested = new Map<number, number>();
  readonly #perPage: number;
  #ready = false;
  #ended = false;
  #reqId = 0;

  constructor(id: number, pageSize: number) {
    this.id = id;
    this.pageSize = pageSize;
    this.#perPage = pageSize / CELL;
  }

  get waits(): boolean {
    return this.#requested.size > 0 || [...this.#pages.values()].some((page) => page.unlockAsked);
  }

  has(cell: number): boolean {
    return this.#pages.has(this.#pageOf(cell));
  }

  mayWrite(cell: number): boolean {
    return ((this.#pages.get(this.#pageOf(cell))?.lock ?? VM_PROT.WRITE) & VM_PROT.WRITE) === 0;
  }

  /** The value, or null: it is asked for. */
  read(cell: number): number | null {
    const number = this.#pageOf(cell);
    const page = this.#pages.get(number);
    if (page !== undefined) return page.cells[cell % this.#perPage] ?? 0;
    this.#request(number, VM_PROT.READ);
    return null;
  }

  write(cell: number, value: number): boolean {
    const number = this.#pageOf(cell);
    const page = this.#pages.get(number);
    if (page === undefined) {
      this.#request(number, VM_PROT.READ | VM_PROT.WRITE);
      return false;
    }
    if ((page.lock & VM_PROT.WRITE) !== 0) {
      this.#unlock(number, page);
      return false;
    }
    page.cells[cell % this.#perPage] = value;
    page.dirty = true;
    return true;
  }

  /** A clean page vanishes without a word (P13). */
  evict(cell: number): void {
    const number = this.#pageOf(cell);
    const page = this.#pages.get(number);
    if (page === undefined) return;
    if (page.dirty) this.#return(number, page, 0, false);
    this.#pages.delete(number);
  }

  terminate(): void {
    for (const [number, page] of this.#pages) if (page.dirty) this.#return(number, page, 0, false);
    this.toPager.push({ kind: 'memory_object_terminate' });
    this.#pages.clear();
    this.#requested.clear();
    this.#ended = true;
  }

  /** Cells that this kernel alone knows the newest value of, and the value that the pager has. */
  *unreturned(store: ModelStore, master: Master): Generator<[number, number]> {
    for (const [number, page] of this.#pages) {
      if (!page.dirty) continue;
      for (let index = 0; index < this.#perPage; index += 1) {
        const cell = number * this.#perPage + index;
        yield [cell, pagersValue(cell, store, master)];
      }
    }
  }

  receive(message: ToKernel): void {
    if (this.#ended) return;
    if (message.kind === 'memory_object_ready') this.#ready = true;
    else if (message.kind === 'memory_object_data_supply') this.#supplied(message);
    else if (message.kind === 'memory_object_data_unavailable') this.#absent(message.offset, message.length);
    else if (message.kind === 'memory_object_data_error') this.#failed(message.offset, message.length);
    else if (message.kind === 'memory_object_lock_request') this.#locked(message);
    else throw new Error(`the model knows no ${message.kind}`);
  }

  #supplied({ offset, data, lock, gen }: Extract<ToKernel, { kind: 'memory_object_data_supply' }>): void {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    for (let at = 0; at < data.length; at += this.pageSize) {
      const number = (offset + at) / this.pageSize;
      if (this.#pages.has(number)) return;
      const cells = Array.from({ length: this.#perPage }, (_, index) => view.getUint32(at + index * CELL));
      this.#requested.delete(number);
      this.#pages.set(number, { cells, lock, gen, dirty: false, unlockAsked: false });
    }
  }

  #absent(offset: number, length: number): void {
    for (const number of this.#range(offset, length)) {
      if (!this.#requested.delete(number)) continue;
      const cells = new Array<number>(this.#perPage).fill(0);
      this.#pages.set(number, { cells, lock: VM_PROT.NONE, gen: 0, dirty: false, unlockAsked: false });
    }
  }

  #failed(offset: number, length: number): void {
    for (const number of this.#range(offset, length)) this.#requested.delete(number);
  }

  #locked(message: Extract<ToKernel, { kind: 'memory_object_lock_request' }>): void {
    const { reqId, offset, length, shouldReturn, shouldFlush, lock, gen } = message;
    for (const number of this.#range(offset, length)) {
      const page = this.#pages.get(number);
      if (page === undefined) continue;
      if (lock !== VM_PROT.NO_CHANGE) {
        page.lock = lock;
        page.unlockAsked = false;
      }
      if (page.dirty && shouldReturn === SHOULD_RETURN.DIRTY) this.#return(number, page, reqId, !shouldFlush);
      if (gen !== 0) page.gen = gen;
      if (shouldFlush) this.#pages.delete(number);
    }
    if (reqId !== 0) this.toPager.push({ kind: 'memory_object_lock_completed', reqId, offset, length });
  }

  #request(number: number, access: number): void {
    if (!this.#ready || this.#requested.has(number)) return;
    this.#reqId += 1;
    this.#requested.set(number, this.#reqId);
    const range = { offset: number * this.pageSize, length: this.pageSize };
    this.toPager.push({ kind: 'memory_object_data_request', reqId: this.#reqId, ...range, access });
  }

  #unlock(number: number, page: Page): void {
    if (page.unlockAsked) return;
    page.unlockAsked = true;
    this.#reqId += 1;
    const range = { offset: number * this.pageSize, length: this.pageSize };
    const { gen } = page;
    this.toPager.push({ kind: 'memory_object_data_unlock', reqId: this.#reqId, ...range, access: VM_PROT.WRITE, gen });
  }

  #return(number: number, page: Page, reqId: number, kernelCopy: boolean): void {
    const data = new Uint8Array(this.pageSize);
    for (const [index, value] of page.cells.entries()) new DataView(data.buffer).setUint32(index * CELL, value);
    page.dirty = false;
    const { gen } = page;
    const offset = number * this.pageSize;
    this.toPager.push({ kind: 'memory_object_data_return', reqId, offset, dirty: true, kernelCopy, gen, data });
  }

  *#range(offset: number, length: number): Generator<number> {
    for (let at = offset; at < offset + length; at += this.pageSize) yield at / this.pageSize;
  }

  #pageOf(cell: number): number {
    return Math.floor(cell / this.#perPage);
  }
}

function pagersValue(cell: number, store: ModelStore, master: Master): number {
  const unitCells = 8 / CELL;
  const unit = master.state.units.get(Math.floor(cell / unitCells));
  const at = (cell % unitCells) * CELL;
  let value = store.cells[cell] ?? 0;
  for (const piece of [...(unit?.storing ?? []), ...(unit?.returned ?? [])]) {
    if (at < piece.at || at >= piece.at + piece.data.length) continue;
    value = new DataView(piece.data.buffer, piece.data.byteOffset).getUint32(at - piece.at);
  }
  return value;
}
