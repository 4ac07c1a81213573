const GEN = 4;
const USES = 12;
const FREE = 1;
/** Or 1 more than that. */
const OWNED = 2;
const PER_TASK = 4;

/** Where the words end, in an object's memory. */
export const WORDS_END = 131_072;

/** The words of an object's futexes, for a task that has them mapped. A `word` is a place in the object's memory. */
export class FutexWords {
  readonly #words: Uint32Array;
  readonly #own: number;

  /** `task` is the number that it was welcomed with. */
  constructor(words: Uint32Array, task: number) {
    this.#words = words;
    this.#own = OWNED + PER_TASK * task;
  }

  /** False: that takes a call. */
  take(word: number): boolean {
    return Atomics.compareExchange(this.#words, at(word), FREE, this.#own) === FREE;
  }

  /** False: that takes a call, too. What this task may have got since, by another grant, it does not give. */
  give(word: number, gen: number): boolean {
    return this.gen(word) === gen && this.#giveAny(word);
  }

  /** Takes back what `take` did. */
  undo(word: number): boolean {
    return this.#giveAny(word);
  }

  /** Tells the broker that it was taken without a call. */
  count(word: number): void {
    Atomics.add(this.#words, at(word, USES), 1);
  }

  /** By which its owner has it. */
  gen(word: number): number {
    const [low, high] = [GEN, GEN + 4].map((byte) => Atomics.load(this.#words, at(word, byte)));
    return (low ?? 0) + (high ?? 0) * 2 ** 32;
  }

  uses(word: number): number {
    return Atomics.load(this.#words, at(word, USES));
  }

  /** The word as it is: for tests. */
  peek(word: number): number {
    return Atomics.load(this.#words, at(word));
  }

  #giveAny(word: number): boolean {
    return Atomics.compareExchange(this.#words, at(word), this.#own, FREE) === this.#own;
  }
}

function at(word: number, byte = 0): number {
  return (word + byte) / 4;
}
