/**
 * Words of memory that other processes read and write at the same time. They have no index: what is done to them is done here, so that every
 * access says how it is ordered; but for the word of a futex (`task/memory/futex-word.ts`), where each nanosecond counts. Elsewhere `Atomics`, and the arrays of words that would get around it, are lint
 * errors; `test/docs/shared-words.test.ts` tries them.
 */
export interface SharedWords {
  readonly [SHARED]: 'use the functions of shared-words.ts';
}

declare const SHARED: unique symbol;

/** `length` words of shared memory from `start`, in bytes. */
export function sharedWords(memory: ArrayBuffer, start: number, length: number): SharedWords {
  return new Uint32Array(memory, start, length) as unknown as SharedWords;
}

/** Those from `from`, up to `to`. */
export function partOf(words: SharedWords, from: number, to: number): SharedWords {
  return arrayOf(words).subarray(from, to) as unknown as SharedWords;
}

/** Sequentially consistent with all others here. */
export function load(words: SharedWords, at: number): number {
  return Atomics.load(arrayOf(words), at);
}

export function store(words: SharedWords, at: number, value: number): void {
  Atomics.store(arrayOf(words), at, value);
}

/** Answers what was there. */
export function exchange(words: SharedWords, at: number, value: number): number {
  return Atomics.exchange(arrayOf(words), at, value);
}

function arrayOf(words: SharedWords): Uint32Array {
  return words as unknown as Uint32Array;
}
