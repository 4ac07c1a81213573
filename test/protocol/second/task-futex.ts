import type { DirectMemory } from './direct.ts';
import type { FutexCalls, Locked } from './futex-calls.ts';
import type { FutexWords } from './futex-words.ts';

/** One futex as a task uses it: by its word where that allows it, else by calls. */
export class TaskFutex {
  /** How often the word was enough, to lock and to unlock. */
  readonly byWord = { locks: 0, unlocks: 0 };
  readonly address: number;
  readonly #calls: FutexCalls;
  readonly #memory: DirectMemory;
  readonly #words: FutexWords;
  #word = 0;

  constructor(memory: DirectMemory, offset: number, calls: FutexCalls, words: FutexWords) {
    this.address = memory.address + offset;
    this.#memory = memory;
    this.#calls = calls;
    this.#words = words;
  }

  /** Where its word is: 0 before somebody has told. */
  get word(): number {
    return this.#word;
  }

  async lock(): Promise<Locked> {
    const locked = (await this.#take()) ?? (await this.#calls.lock(this.address));
    this.#word = locked.word;
    return locked;
  }

  async unlock(gen: number): Promise<void> {
    if (this.#word !== 0 && this.#words.give(this.#word, gen)) this.byWord.unlocks += 1;
    else await this.#calls.unlock(this.address, gen);
  }

  async #take(): Promise<Locked | undefined> {
    const word = this.#word;
    if (word === 0) return undefined;
    const gen = this.#words.gen(word);
    if (!this.#words.take(word)) return undefined;
    // If it was taken away from us meanwhile, somebody else has it by a newer grant.
    if (!this.#memory.isStale && this.#words.gen(word) === gen) {
      this.#words.count(word);
      this.byWord.locks += 1;
      return { gen, ownerDied: false, word };
    }
    if (!this.#words.undo(word)) await this.#calls.unlock(this.address, 0);
    return undefined;
  }
}
