/* oxlint-disable no-restricted-globals -- Through the functions of shared-words.ts a lock in place takes a quarter longer. */
import { FREE } from '../../lock/index.ts';
import type { SharedWords } from '../../os/shared-words.ts';
import { FUTEX_GEN, FUTEX_USES, versionAt } from '../../vm/layout.ts';
import { Grant } from './grant.ts';

/** How an attempt to take a word ended. BUSY: it takes a call. */
export const BUSY = 0;
export const TAKEN = 1;
/** It takes a call, and before it an unlock: the word may say that this task has it. */
export const DOUBTFUL = 2;

/**
 * The word of a futex where this task can use it, Part III of the seed one level further: whoever it names has the lock
 * (`lock/word.ts`), so that a task takes it and gives it back by one compare-exchange each, and nobody is asked.
 *
 * Other loads than the compare-exchange are plain ones, which cost a tenth of those of `Atomics`: whoever changes what they load has
 * the word changed after that, and the compare-exchange finds it so.
 */
export class FutexWord {
  /** By which the broker had the futex when it said so. */
  grant = NO_GRANT;
  /** What it says if it is this task's. */
  readonly #own: number;
  /** The word, and those behind it; null: closed. */
  #words: Uint32Array | null = null;
  #slot: Uint32Array = NOWHERE;
  #version = 0;

  constructor(own: number) {
    this.#own = own;
  }

  /** `slot`: where the broker counts the changes of the task's mappings, of which `version` is known. */
  open(words: SharedWords, slot: SharedWords, version: number): void {
    this.#words = words as unknown as Uint32Array;
    this.#slot = slot as unknown as Uint32Array;
    this.#version = version;
  }

  /** From now on it may be another's memory, or that of a broker that is gone. */
  close(): void {
    this.#words = null;
  }

  get isOpen(): boolean {
    return this.#words !== null;
  }

  /** By the very grant that is known. */
  takeWord(): number {
    const words = this.#words;
    const own = this.#own;
    if (words === null || Atomics.compareExchange(words, 0, FREE, own) !== FREE) return BUSY;
    // An unmapping counts first and looks at the word then: of the two that meet, one sees the other. And a process that was stopped
    // since may have lost it: the generation of who has it now must not pass for ours, and is always a greater one.
    if (this.#slot[VERSION] === this.#version && this.grant.is(words[LOW] ?? 0, words[HIGH] ?? 0)) {
      words[USES] = (words[USES] ?? 0) + 1;
      return TAKEN;
    }
    return Atomics.compareExchange(words, 0, own, FREE) === own ? BUSY : DOUBTFUL;
  }

  /** Whether that was all. If not, the broker wants to be told: somebody waits, or it was lost. */
  giveWord(grant: Grant): boolean {
    const words = this.#words;
    const own = this.#own;
    // This task may have it once more, by another grant.
    if (words === null || !grant.is(words[LOW] ?? 0, words[HIGH] ?? 0)) return false;
    return Atomics.compareExchange(words, 0, own, FREE) === own;
  }
}

const NOWHERE = new Uint32Array(0);
const NO_GRANT = new Grant(0, 0);
const VERSION = versionAt(0) / 4;
const LOW = FUTEX_GEN / 4;
const HIGH = LOW + 1;
const USES = FUTEX_USES / 4;
