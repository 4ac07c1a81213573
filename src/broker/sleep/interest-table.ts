import { PublishedWords } from '../../os/published-words.ts';

/**
 * Which idents somebody sleeps on, in this kernel or another: a page that tasks read before they ask for a wakeup (lwkt.md §2.1: the
 * mask). Idents may share a word: then a wakeup is asked for in vain, and none is missed.
 */
export class InterestTable implements Disposable {
  readonly #counts = new Map<number, number>();
  readonly #words = new PublishedWords(WORDS * 4);

  /** Where the word of an ident is. */
  positionOf(ident: number): number {
    return (ident % WORDS) * 4;
  }

  /** So many more have an interest. Called before anybody relies on that. */
  add(ident: number, by: number): void {
    const at = this.positionOf(ident);
    const before = this.#counts.get(at) ?? 0;
    const now = before + by;
    this.#counts.set(at, now);
    // 0 or 1, and no count: without a mapping a reader may see a store half done.
    if ((before === 0) !== (now === 0)) this.#words.store(at, now === 0 ? 0 : 1);
  }

  get fd(): number {
    return this.#words.fd;
  }

  [Symbol.dispose](): void {
    this.#words[Symbol.dispose]();
  }
}

/** One page. */
const WORDS = 1024;
