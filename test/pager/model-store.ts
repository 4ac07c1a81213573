import type { Effect } from '../../src/pager/state.ts';
import type { Random } from './random.ts';
import { CELL } from './cell.ts';

type Done =
  | { type: 'read'; id: number; data: Uint8Array | 'unavailable' | 'error' }
  | { type: 'write'; id: number; ok: boolean }
  | { type: 'flush'; job: number };

/** A disk: what it is given is done in any order. A read sees what there was at any time between its begin and its end. */
export class ModelStore {
  readonly cells: number[];
  readonly #random: Random;
  readonly #open: { finish(mayFail: boolean): Done }[] = [];
  readonly #written = new Set<number>();

  constructor(cells: number, random: Random) {
    this.cells = new Array<number>(cells).fill(0);
    for (let cell = 0; cell < cells / 2; cell += 1) this.#written.add(cell);
    this.#random = random;
  }

  get busy(): boolean {
    return this.#open.length > 0;
  }

  step(mayFail: boolean): Done | null {
    if (this.#open.length === 0) return null;
    const [done] = this.#open.splice(this.#random.below(this.#open.length), 1);
    return done?.finish(mayFail) ?? null;
  }

  read({ id, offset, length }: Extract<Effect, { type: 'read' }>): void {
    const early = this.#contents(offset, length);
    const useEarly = this.#random.below(2) === 0;
    this.#open.push({
      finish: (mayFail) => {
        if (mayFail && this.#random.below(20) === 0) return { type: 'read', id, data: 'error' };
        return { type: 'read', id, data: useEarly ? early : this.#contents(offset, length) };
      },
    });
  }

  write({ id, offset, data }: Extract<Effect, { type: 'write' }>): void {
    const put = (): void => {
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      for (let at = 0; at < data.length; at += CELL) {
        this.cells[(offset + at) / CELL] = view.getUint32(at);
        this.#written.add((offset + at) / CELL);
      }
    };
    this.#open.push({
      finish: (mayFail) => {
        const ok = !(mayFail && this.#random.below(10) === 0);
        if (ok) put();
        return { type: 'write', id, ok };
      },
    });
  }

  flush(job: number): void {
    this.#open.push({ finish: () => ({ type: 'flush', job }) });
  }

  #contents(offset: number, length: number): Uint8Array | 'unavailable' {
    const data = new Uint8Array(length);
    let some = false;
    for (let at = 0; at < length; at += CELL) {
      const cell = (offset + at) / CELL;
      some ||= this.#written.has(cell);
      new DataView(data.buffer).setUint32(at, this.cells[cell] ?? 0);
    }
    return some ? data : 'unavailable';
  }
}
