import { FREE } from '../../lock/index.ts';
import type { SharedMemory } from '../../os/shared-memory.ts';
import { FUTEX_GEN, FUTEX_USES, versionAt } from '../../vm/layout.ts';
import type { Grant } from './grant.ts';

/** How an attempt to take a word ended. BUSY: it takes a call. */
export const BUSY = 0;
export const TAKEN = 1;
/** It takes a call, and before it an unlock: the word may say that this task has it. */
export const DOUBTFUL = 2;

/**
 * The words of an object's futexes, mapped: whoever a word names has the lock (`lock/word.ts`), so that a task takes it and gives it
 * back by one compare-exchange each: Part III of the seed, one level further, as the kernel is not asked either. `at` is the place of a word in `words`, `own` what it says if it is this task's.
 *
 * Other loads than the compare-exchange are plain ones, which cost a tenth of those of `Atomics`: whoever changes what they load has
 * the word changed after that, and the compare-exchange finds it so.
 */
export class FutexWords {
  #words: Uint32Array | null;
  readonly #slot: Uint32Array;
  readonly #version: number;

  private constructor(words: Uint32Array, slot: Uint32Array, version: number) {
    this.#words = words;
    this.#slot = slot;
    this.#version = version;
  }

  /** `slot`: where the broker counts the changes of the task's mappings, of which `version` is known. Null where either is not mapped. */
  static on(futexes: SharedMemory, slot: SharedMemory, version: number): FutexWords | null {
    if (futexes.words === null || slot.words === null) return null;
    return new FutexWords(futexes.words, slot.words, version);
  }

  /** From now on it may be another's memory. */
  close(): void {
    this.#words = null;
  }

  /** By this very grant, which the broker had told before. */
  take(at: number, own: number, known: Grant): number {
    const words = this.#words;
    if (words === null || Atomics.compareExchange(words, at, FREE, own) !== FREE) return BUSY;
    // An unmapping counts first and looks at the word then: of the two that meet, one sees the other. And a process that was stopped
    // since may have lost it: the generation of who has it now must not pass for ours, and is always a greater one.
    if (this.#slot[VERSION] === this.#version && known.is(words[at + LOW] ?? 0, words[at + HIGH] ?? 0)) {
      words[at + USES] = (words[at + USES] ?? 0) + 1;
      return TAKEN;
    }
    return Atomics.compareExchange(words, at, own, FREE) === own ? BUSY : DOUBTFUL;
  }

  /** Whether that was all. If not, the broker wants to be told: somebody waits, or it was lost. */
  give(at: number, own: number, grant: Grant): boolean {
    const words = this.#words;
    // This task may have it once more, by another grant.
    if (words === null || !grant.is(words[at + LOW] ?? 0, words[at + HIGH] ?? 0)) return false;
    return Atomics.compareExchange(words, at, own, FREE) === own;
  }
}

const VERSION = versionAt(0) / 4;
const LOW = FUTEX_GEN / 4;
const HIGH = LOW + 1;
const USES = FUTEX_USES / 4;
