import { IpcError } from '../../errors.ts';
import { type NamelessFile, openNamelessFile } from '../../os/nameless-file.ts';
import type { SharedMemory } from '../../os/shared-memory.ts';
import { partOf } from '../../os/shared-words.ts';
import { accessAt, dirtyAt, FUTEXES, futexAt, pinAt, versionAt } from '../../vm/layout.ts';
import { VM_PROT } from '../../wire/index.ts';
import type { FutexWord } from './futex-word.ts';

/** Where a region's memory is, as `vm_region` tells it. */
export type Place = {
  pid: number;
  fd: number;
  slot: number;
  version: number;
  pagesAt: number;
  pageSize: number;
};

/**
 * A region's memory, without a call: as far as the page's access word allows, and never while the broker takes the page away
 * (see `vm/layout.ts`).
 */
export class DirectMemory implements Disposable {
  readonly #file: NamelessFile;
  readonly #slot: SharedMemory;
  readonly #table: SharedMemory;
  readonly #pages: SharedMemory;
  readonly #pageSize: number;
  readonly #firstPage: number;
  /** Of the task's mappings, when the broker told of the region. */
  readonly #version: number;
  /** Of futexes: opened with the first. */
  #words: SharedMemory | null = null;
  /** Those that use their words. */
  readonly #futexes = new Set<FutexWord>();

  /** @throws IpcError if this process cannot open the broker's memory */
  constructor({ pid, fd, slot, version, pagesAt, pageSize }: Place, offset: number, size: number) {
    this.#file = openNamelessFile(pid, fd);
    this.#pageSize = pageSize;
    this.#firstPage = offset / pageSize;
    const table = accessAt(this.#firstPage);
    this.#slot = this.#file.window(pinAt(slot), versionAt(slot) + 4 - pinAt(slot));
    this.#table = this.#file.window(table, accessAt(this.#firstPage + size / pageSize) - table);
    this.#pages = this.#file.window(pagesAt + offset, size);
    this.#version = version;
  }

  /** Reads from one page: `at` is the offset in the region. False: it takes a call. */
  read(at: number, target: Uint8Array): boolean {
    return this.#pinned(at, VM_PROT.READ, () => this.#pages.read(at, target));
  }

  /** The same for writing. */
  write(at: number, source: Uint8Array): boolean {
    return this.#pinned(at, VM_PROT.WRITE, () => {
      // Before the first byte: should this process die in between, the page counts as changed.
      this.#table.store(dirtyAt(this.#pageOf(at)) - accessAt(0), 1);
      this.#pages.write(at, source);
    });
  }

  /** Whether the task's mappings of the object have changed since. */
  get isStale(): boolean {
    return this.#slot.load(VERSION) !== this.#version;
  }

  /** Has a futex use its word at this place of the file, if that is mapped, for as long as these windows are. */
  openFutex(futex: FutexWord, position: number): void {
    this.#words ??= this.#file.window(futexAt(0), futexAt(FUTEXES) - futexAt(0));
    const { words } = this.#words;
    const slot = this.#slot.words;
    if (words === null || slot === null) return;
    const at = (position - futexAt(0)) / 4;
    futex.open(partOf(words, at, at + (futexAt(1) - futexAt(0)) / 4), slot, this.#version);
    this.#futexes.add(futex);
  }

  closeFutexes(): void {
    for (const futex of this.#futexes) futex.close();
    this.#futexes.clear();
  }

  [Symbol.dispose](): void {
    this.closeFutexes();
    for (const part of [this.#slot, this.#table, this.#pages, this.#file]) part[Symbol.dispose]();
  }

  #pinned(at: number, access: number, copy: () => void): boolean {
    const page = this.#pageOf(at);
    this.#slot.store(PIN, this.#firstPage + page + 1);
    try {
      const word = this.#table.load(accessAt(page) - accessAt(0));
      if ((word & access) === 0 || this.isStale) return false;
      copy();
      return true;
    } catch (error) {
      // Somebody has shortened the memory, which its broker makes whole.
      if (IpcError.is(error) && error.code === 'KERN_MEMORY_ERROR') return false;
      throw error;
    } finally {
      this.#slot.store(PIN, 0);
    }
  }

  #pageOf(at: number): number {
    return Math.floor(at / this.#pageSize);
  }
}

/** In the window on the slot. */
const PIN = 0;
const VERSION = 4;
