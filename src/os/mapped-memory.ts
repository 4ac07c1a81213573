import { type AddressRange, giveBackRange, takeRange } from './address-ranges.ts';
import { type Libc, MAP_FAILED, MAP_FIXED, MAP_SHARED, PROT_READ, PROT_READ_WRITE } from './libc.ts';
import { checkSpan, checkWord, released, type SharedMemory } from './shared-memory.ts';
import { load, type SharedWords, sharedWords, store } from './shared-words.ts';

/** A view that is longer ends the process (4 GiB, Node 20), and V8 counts the bytes of views as if they were its own. */
const MAPPED_BYTES_MAX = 2 ** 30;

/** A window that is mapped. Only on a file that nobody can shorten: a touch beyond its end would end this process. */
export class MappedMemory implements SharedMemory {
  readonly bytes: number;
  readonly #libc: Libc;
  readonly #start: number;
  readonly #ended: () => void;
  #range: AddressRange | undefined;
  #words: SharedWords | undefined;
  #octets: Uint8Array | undefined;

  private constructor(libc: Libc, range: AddressRange, start: number, bytes: number, ended: () => void) {
    this.bytes = bytes;
    this.#libc = libc;
    this.#range = range;
    this.#start = start;
    this.#ended = ended;
    this.#words = sharedWords(range.view, start, bytes >>> 2);
    this.#octets = new Uint8Array(range.view, start, bytes);
  }

  /**
   * Undefined where the system maps no more, or not that much. `offset` is a multiple of 4. `'r'`: who stores ends this process.
   */
  static map(
    libc: Libc,
    fd: number,
    offset: number,
    bytes: number,
    ended = nothing,
    access: 'r' | 'rw' = 'rw',
  ): MappedMemory | undefined {
    const start = offset % libc.pageBytes;
    const range = start + bytes <= MAPPED_BYTES_MAX ? takeRange(libc, start + bytes) : undefined;
    if (range === undefined) return undefined;
    const prot = access === 'r' ? PROT_READ : PROT_READ_WRITE;
    const mapped = libc.mmap(range.address, start + bytes, prot, MAP_SHARED | MAP_FIXED, fd, offset - start);
    if (mapped !== MAP_FAILED) return new MappedMemory(libc, range, start, bytes, ended);
    giveBackRange(libc, range);
    return undefined;
  }

  get words(): SharedWords | null {
    return this.#words ?? null;
  }

  load(at: number): number {
    if (this.#words === undefined) throw released('a window');
    checkWord(this, at);
    return load(this.#words, at / 4);
  }

  store(at: number, value: number): void {
    if (this.#words === undefined) throw released('a window');
    checkWord(this, at);
    store(this.#words, at / 4, value);
  }

  read(at: number, target: Uint8Array): void {
    if (this.#octets === undefined) throw released('a window');
    checkSpan(this, at, target.length);
    target.set(this.#octets.subarray(at, at + target.length));
  }

  write(at: number, source: Uint8Array): void {
    if (this.#octets === undefined) throw released('a window');
    checkSpan(this, at, source.length);
    this.#octets.set(source, at);
  }

  /** Where a word is in this process. */
  addressOf(at: number): bigint {
    if (this.#range === undefined) throw released('a window');
    checkWord(this, at);
    return this.#range.address + BigInt(this.#start + at);
  }

  [Symbol.dispose](): void {
    if (this.#range === undefined) return;
    giveBackRange(this.#libc, this.#range);
    this.#range = this.#words = this.#octets = undefined;
    this.#ended();
  }
}

function nothing(): void {}
