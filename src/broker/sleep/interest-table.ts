import { createNamelessFile } from '../../os/nameless-file.ts';

/**
 * How many sleep on the idents of each word, and how many other kernels say so: a page that tasks read before they ask for a wakeup
 * (lwkt.md §2.1, the mask). Idents may share a word: then a wakeup goes in vain, and none is missed.
 */
export class InterestTable implements Disposable {
  readonly #counts = new Uint32Array(WORDS);
  readonly #file = createNamelessFile(WORDS * 4);
  readonly #window = this.#file.window(0, WORDS * 4);

  /** Where the word of an ident is. */
  positionOf(ident: number): number {
    return (ident % WORDS) * 4;
  }

  /** Before anybody is told that he may rely on it. */
  add(ident: number, by: number): void {
    if (by === 0) return;
    const at = this.positionOf(ident);
    const count = (this.#counts[at / 4] ?? 0) + by;
    this.#counts[at / 4] = count;
    this.#window.store(at, count);
  }

  get fd(): number {
    return this.#file.fd;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** One page. */
const WORDS = 1024;
