import type { Word } from '../../lock/index.ts';
import { exchange, load, type SharedWords, store } from '../../os/shared-words.ts';
import { FUTEX_GEN, FUTEX_USES, futexAt, FUTEXES } from '../../vm/layout.ts';

/** The words of one object's futexes, in its memory. A futex keeps its place for good: a task may still know of it. */
export class FutexWords {
  readonly #words: SharedWords;
  readonly #known = new Map<number, Word & { readonly index: number }>();

  /** `words`: all of them, as the object's file has them. */
  constructor(words: SharedWords) {
    this.#words = words;
  }

  /** Null: all places are taken. */
  at(offset: number): Word | null {
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    const index = this.#known.size;
    if (index >= FUTEXES) return null;
    const words = this.#words;
    const at = wordOf(index);
    const word = {
      index,
      load: () => load(words, at),
      exchange: (value: number) => exchange(words, at, value),
      store: (value: number) => store(words, at, value),
    };
    this.#known.set(offset, word);
    return word;
  }

  /** Where in the file it lies; 0: nowhere. */
  placeOf(offset: number): number {
    const known = this.#known.get(offset);
    return known === undefined ? 0 : futexAt(known.index);
  }

  setGen(offset: number, gen: number): void {
    const known = this.#known.get(offset);
    if (known === undefined) return;
    const at = wordOf(known.index) + FUTEX_GEN / 4;
    store(this.#words, at, gen >>> 0);
    store(this.#words, at + 1, Math.floor(gen / 2 ** 32));
  }

  uses(offset: number): number {
    const known = this.#known.get(offset);
    return known === undefined ? 0 : load(this.#words, wordOf(known.index) + FUTEX_USES / 4);
  }
}

function wordOf(index: number): number {
  return (futexAt(index) - futexAt(0)) / 4;
}
