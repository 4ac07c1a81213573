import type { Quota } from './quota.ts';

/**
 * The bytes of one file, in pages: growing copies one page at most, and a hole costs nothing. Nobody outside ever holds a view
 * of a page: bytes are copied in and copied out.
 *
 * A page is as long as its file needed it, rounded up; past its end, and where there is none, the file reads zero. The quota
 * pays for the memory of pages, not for the length of the file.
 */
export class Content {
  #size = 0;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #quota: Quota;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  get size(): number {
    return this.#size;
  }

  /** Up to `length` bytes from `offset`, fewer only at the end of the file. They are the caller's. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.#size - offset)));
    for (const { index, from, at, count } of pieces(offset, bytes.length)) {
      const page = this.#pages.get(index);
      if (page !== undefined) bytes.set(page.subarray(from, from + count), at);
    }
    return bytes;
  }

  /** Answers how many bytes there was memory for. */
  write(offset: number, data: Uint8Array): number {
    for (const { index, from, at, count } of pieces(offset, data.length)) {
      const page = this.#page(index, from + count);
      const room = Math.max(0, Math.min(count, page.length - from));
      page.set(data.subarray(at, at + room), from);
      if (room > 0) this.#size = Math.max(this.#size, offset + at + room);
      if (room < count) return at + room;
    }
    return data.length;
  }

  truncate(length: number): void {
    if (length < this.#size) this.#cut(length);
    this.#size = length;
  }

  /** Gives the memory back. */
  clear(): void {
    this.truncate(0);
  }

  /** What is beyond `length` must read zero if the file grows over it again. */
  #cut(length: number): void {
    const last = Math.floor(length / PAGE_BYTES);
    for (const [index, page] of this.#pages) {
      if (index < last) continue;
      const kept = index === last ? length - last * PAGE_BYTES : 0;
      if (kept > 0) page.fill(0, kept);
      else if (this.#pages.delete(index)) this.#quota.give(page.length);
    }
  }

  /** The page, grown to `length` if there is memory for that, else as far as there is. */
  #page(index: number, length: number): Uint8Array {
    const page = this.#pages.get(index) ?? EMPTY;
    if (page.length >= length) return page;
    const wanted = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(length)));
    const got = this.#quota.take(wanted - page.length);
    if (got === 0) return page;
    const grown = new Uint8Array(page.length + got);
    grown.set(page);
    this.#pages.set(index, grown);
    return grown;
  }
}

const PAGE_BYTES = 16_384;

/** Most files of a source tree and its git objects fit few of these. */
const LEAST_BYTES = 64;

const EMPTY = new Uint8Array(0);

/** `length` bytes from `offset` as pieces of pages; `at` is where the piece lies in the caller's bytes. */
function* pieces(
  offset: number,
  length: number,
): Generator<{ index: number; from: number; at: number; count: number }> {
  for (let at = 0; at < length;) {
    const index = Math.floor((offset + at) / PAGE_BYTES);
    const from = offset + at - index * PAGE_BYTES;
    const count = Math.min(PAGE_BYTES - from, length - at);
    yield { index, from, at, count };
    at += count;
  }
}
