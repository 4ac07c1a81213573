import type { NamelessFile } from '../../os/nameless-file.ts';
import type { SharedMemory } from '../../os/shared-memory.ts';

/** The words in front of an object's pages. A window is opened where one is looked at: most are of pages that never come. */
export class PageTable {
  readonly #file: NamelessFile;
  readonly #bytes: number;
  readonly #windows = new Map<number, SharedMemory>();

  constructor(file: NamelessFile, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  load(at: number): number {
    return this.#windowOf(at).load(at % WINDOW_BYTES);
  }

  store(at: number, value: number): void {
    this.#windowOf(at).store(at % WINDOW_BYTES, value);
  }

  #windowOf(at: number): SharedMemory {
    const start = at - (at % WINDOW_BYTES);
    const known = this.#windows.get(start);
    if (known !== undefined) return known;
    const window = this.#file.window(start, Math.min(WINDOW_BYTES, this.#bytes - start));
    this.#windows.set(start, window);
    return window;
  }
}

const WINDOW_BYTES = 1024 * 1024;
