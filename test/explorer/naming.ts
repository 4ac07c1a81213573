import type { Names } from './renaming.ts';

/** Which numbers a part names, and the last that it gave: bit n of `masks` is the number n + 1. One place for each kind of number. */
export type Used = { masks: number[]; lasts: number[]; isEmpty: boolean };

const GEN = 0;
const PAGER = 1;
const SEQ = 2;
/** And from here on the requests of each kernel. */
export const KERNELS = 3;
/** The part gives none of these. */
export const NONE = -1;

/** Names that change nothing, and note which there are. */
export function noting({ masks, lasts }: Used): Names {
  const note = (space: number, id: number): number => {
    if (id > 31) throw new Error('too many numbers are in use at once');
    if (id > 0) masks[space] = (masks[space] ?? 0) | (1 << (id - 1));
    return id;
  };
  return {
    gen: (id) => note(GEN, id),
    pager: (id) => note(PAGER, id),
    seq: (id) => note(SEQ, id),
    kernel: (id, kernel) => note(KERNELS + kernel, id),
    last: (kind, kernel, last) => (lasts[spaceOf(kind, kernel)] = last),
  };
}

/** The numbers there are become 1, 2, 3, … in the same order. */
export function namesFor(masks: readonly number[]): Names {
  const rank = (space: number, id: number): number => (id === 0 ? 0 : ones((masks[space] ?? 0) & (-1 >>> (32 - id))));
  return {
    gen: (id) => rank(GEN, id),
    pager: (id) => rank(PAGER, id),
    seq: (id) => rank(SEQ, id),
    kernel: (id, kernel) => rank(KERNELS + kernel, id),
    last: (kind, kernel) => ones(masks[spaceOf(kind, kernel)] ?? 0),
  };
}

function spaceOf(kind: 'gen' | 'pager' | 'kernel' | 'seq', kernel: number): number {
  return { gen: GEN, pager: PAGER, seq: SEQ, kernel: KERNELS + kernel }[kind];
}

/** Already 1, 2, 3, …, and the next comes right after. */
export function isCanonical(masks: readonly number[], lasts: readonly number[]): boolean {
  return masks.every((mask, space) => {
    const last = lasts[space] ?? NONE;
    return (mask & (mask + 1)) === 0 && (last === NONE || last === 32 - Math.clz32(mask));
  });
}

function ones(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
