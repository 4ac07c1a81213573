import { PAGE, SwapFile } from './swap-file.ts';

/** Where a page is kept: a slot of the file, or memory. `lost`: there was no room for it. */
export type Kept = { readonly slot: number } | { readonly bytes: Uint8Array } | 'lost';

/** Room for the pages of all objects: the file first, memory when that has none. */
export class Swap {
  readonly #file: SwapFile;
  readonly #bytes: { swapBytes: number; memoryBytes: number };
  readonly #warn: (text: string) => void;
  #inMemory = 0;
  #isShort = false;
  #users = 1;

  constructor(directory: string, bytes: { swapBytes: number; memoryBytes: number }, warn: (text: string) => void) {
    this.#file = new SwapFile(directory, bytes.swapBytes);
    this.#bytes = bytes;
    this.#warn = warn;
  }

  /** Keeps a page, which is the swap's from now on, in the place of `old`, its contents before. */
  keep(page: Uint8Array, old: Kept | undefined): Kept {
    const slot = old !== undefined && old !== 'lost' && 'slot' in old ? old.slot : this.#file.take();
    const failure = slot === null ? `${this.#bytes.swapBytes} bytes are used (swapBytes)` : this.#write(slot, page);
    if (slot !== null && failure === null) {
      if (old !== undefined && old !== 'lost' && 'bytes' in old) this.forget(old);
      this.#isShort = false;
      return { slot };
    }
    if (slot !== null) this.#file.giveBack(slot);
    if (!this.#isShort) this.#warn(`the swap file takes no more: ${failure}; what comes is kept in memory`);
    this.#isShort = true;
    return this.#keepInMemory(page, old);
  }

  /** @throws Error if it is lost; the host's error */
  read(kept: Kept, page: Uint8Array): void {
    if (kept === 'lost') throw new Error('there was no room to keep it (swapBytes, memoryBytes)');
    if ('slot' in kept) this.#file.read(kept.slot, page);
    else page.set(kept.bytes);
  }

  /** Nobody wants it any more. */
  forget(kept: Kept): void {
    if (kept === 'lost') return;
    if ('slot' in kept) this.#file.giveBack(kept.slot);
    else this.#inMemory -= PAGE;
  }

  /** One more has pages here. */
  enter(): void {
    this.#users += 1;
  }

  /** Who made it leaves, too: the last one closes the file. When the driver ends, its objects are stored after its `onClose`. */
  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#file.close();
  }

  /** Answers why not. */
  #write(slot: number, page: Uint8Array): string | null {
    try {
      this.#file.write(slot, page);
      return null;
    } catch (error) {
      return String(error);
    }
  }

  #keepInMemory(page: Uint8Array, old: Kept | undefined): Kept {
    const isThere = old !== undefined && old !== 'lost' && 'bytes' in old;
    if (!isThere) {
      if (this.#inMemory + PAGE > this.#bytes.memoryBytes) return 'lost';
      this.#inMemory += PAGE;
    }
    return { bytes: page };
  }
}
