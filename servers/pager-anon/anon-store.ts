import type { Store } from 'easync/pager';

import { PAGE } from './swap-file.ts';
import type { Kept, Swap } from './swap.ts';

/** Memory that begins as zeros. Only pages that have been returned take room. */
export class AnonStore implements Store {
  readonly size: number;
  readonly pageSize = PAGE;
  readonly #swap: Swap;
  readonly #warn: (text: string) => void;
  readonly #pages = new Map<number, Kept>();

  constructor(size: number, swap: Swap, warn: (text: string) => void) {
    this.size = size;
    this.#swap = swap;
    this.#warn = warn;
    swap.enter();
  }

  /** @throws Error if a page of it is lost; the host's error */
  read(offset: number, length: number): Uint8Array | null {
    const first = offset / PAGE;
    const count = Math.ceil(length / PAGE);
    let bytes: Uint8Array | null = null;
    for (let at = 0; at < count; at += 1) {
      const kept = this.#pages.get(first + at);
      if (kept === undefined) continue;
      bytes ??= new Uint8Array(count * PAGE);
      this.#swap.read(kept, bytes.subarray(at * PAGE, (at + 1) * PAGE));
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    let lost = 0;
    for (let done = 0; done < bytes.length;) {
      const number = Math.floor((offset + done) / PAGE);
      const from = (offset + done) % PAGE;
      const part = bytes.subarray(done, done + PAGE - from);
      const kept = this.#keep(number, from, part);
      if (kept === 'lost') lost += 1;
      done += part.length;
    }
    if (lost === 0) return;
    const where = `${lost} pages from ${offset} to ${offset + bytes.length} of ${this.size} bytes`;
    this.#warn(`${where} are lost: there is no room to keep them (swapBytes, memoryBytes)`);
  }

  /** @throws Error if something that was written is lost */
  flush(): void {
    const lost = [...this.#pages.values()].filter((kept) => kept === 'lost').length;
    if (lost > 0) throw new Error(`${lost} pages are lost: there was no room to keep them (swapBytes, memoryBytes)`);
  }

  close(): void {
    for (const kept of this.#pages.values()) this.#swap.forget(kept);
    this.#pages.clear();
    this.#swap.leave();
  }

  /** A broker whose pages are smaller returns parts of one of ours. Behind the object's end there is nothing to keep. */
  #keep(number: number, from: number, part: Uint8Array): Kept {
    const old = this.#pages.get(number);
    const isAll = from === 0 && part.length >= Math.min(PAGE, this.size - number * PAGE);
    if (old === 'lost' && !isAll) return 'lost';
    const page = new Uint8Array(PAGE);
    if (old !== undefined && !isAll) this.#swap.read(old, page);
    page.set(part, from);
    const kept = this.#swap.keep(page, old);
    this.#pages.set(number, kept);
    return kept;
  }
}
