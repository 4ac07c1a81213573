import type { SharedWords } from '../../src/os/shared-words.ts';

/** Shared words as another process has them, which keeps to no rule of ours. */
export function arrayOf(words: SharedWords): Uint32Array {
  return words as unknown as Uint32Array;
}

export function wordsOf(array: Uint32Array): SharedWords {
  return array as unknown as SharedWords;
}
