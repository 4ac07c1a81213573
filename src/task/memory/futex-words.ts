import { FREE } from '../../lock/index.ts';
import type { SharedMemory } from '../../os/shared-memory.ts';
import { FUTEX_GEN, FUTEX_USES } from '../../vm/layout.ts';

/** It takes a call. */
export const BUSY = -1;
/** It takes a call, and before it an unlock: the word may say that this task has it. */
export const DOUBTFUL = -2;

/**
 * The words of an object's futexes, mapped: whoever a word names has the lock (`lock/word.ts`), so that a task takes it and gives it
 * back by one compare-exchange each. Part III of the seed, one level further: the kernel is not asked either. `at` is the place of a word in `words`, `own` what it says if it is this task's.
 */
export class FutexWords {
  readonly #words: Uint32Array;
  readonly #slot: Uint32Array;
  readonly #versionAt: number;
  readonly #version: number;

  private constructor(words: Uint32Array, slot: Uint32Array, versionAt: number, version: number) {
    this.#words = words;
    this.#slot = slot;
    this.#versionAt = versionAt;
    this.#version = version;
  }

  /** `versionAt`: where in the task's slot the broker counts the changes of its mappings. Null where either is not mapped. */
  static on(futexes: SharedMemory, slot: SharedMemory, versionAt: number, version: number): FutexWords | null {
    if (futexes.words === null || slot.words === null) return null;
    return new FutexWords(futexes.words, slot.words, versionAt / 4, version);
  }

  /** The generation by which this task has it from now on; or BUSY, or DOUBTFUL. */
  take(at: number, own: number): number {
    const words = this.#words;
    const gen = genAt(words, at);
    if (Atomics.compareExchange(words, at, FREE, own) !== FREE) return BUSY;
    // An unmapping counts first and looks at the word then: of the two that meet, one sees the other. And if this process was
    // stopped since, the lock may have been revoked, and a newer generation must not pass for ours.
    if (Atomics.load(this.#slot, this.#versionAt) === this.#version && genAt(words, at) === gen) {
      words[at + USES] = (words[at + USES] ?? 0) + 1;
      return gen;
    }
    return Atomics.compareExchange(words, at, own, FREE) === own ? BUSY : DOUBTFUL;
  }

  /** Whether that was all. If not, the broker wants to be told: somebody waits, or it was lost. */
  give(at: number, own: number, gen: number): boolean {
    const words = this.#words;
    // This task may have it once more, by another grant.
    return genAt(words, at) === gen && Atomics.compareExchange(words, at, own, FREE) === own;
  }
}

function genAt(words: Uint32Array, at: number): number {
  return Atomics.load(words, at + GEN) + Atomics.load(words, at + GEN + 1) * 2 ** 32;
}

const GEN = FUTEX_GEN / 4;
const USES = FUTEX_USES / 4;
