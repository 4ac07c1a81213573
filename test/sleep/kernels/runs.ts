import type { Bounds } from './whole.ts';

/** One kernel sleeps, another wakes. */
export const TWO: Bounds = {
  kernels: 2,
  sleeping: 1,
  waking: 1,
  sleepers: 1,
  waits: 1,
  all: 1,
  one: 0,
  giveUps: 0,
  deaths: 0,
  pagerDeaths: 0,
  late: 0,
  detaches: 0,
  congestions: 0,
};

export type Run = { bounds: Bounds; states: number };
const run = (bounds: Partial<Bounds>, states: number): Run => ({ bounds: { ...TWO, ...bounds }, states });
const BOTH = { sleeping: 2, waking: 2 };
const THREE = { kernels: 3, sleeping: 3, waking: 3 };

export const SMALL_RUNS: Readonly<Record<string, Run>> = {
  'two sleepers of one kernel': run({ sleepers: 2, waits: 3, one: 1 }, 3_338),
  'one sleeper of three kernels is woken': run({ kernels: 3, sleeping: 2, all: 0, one: 1 }, 3_192),
  'a kernel maps the object later': run({ late: 1, waits: 2, one: 1 }, 841),
  'a kernel dies': run({ ...BOTH, deaths: 1 }, 5_094),
  'the pager dies': run({ ...BOTH, pagerDeaths: 1, giveUps: 1 }, 7_750),
  'the object is unmapped, and mapped again': run({ detaches: 1, waits: 2 }, 961),
  'the pager lies about': run({ congestions: 1, waits: 2, all: 2 }, 1_293),
};

export const FULL_RUNS: Readonly<Record<string, Run>> = {
  'two kernels with two sleepers each': run({ ...BOTH, sleepers: 2, waits: 2, one: 1 }, 866_081),
  'two kernels that sleep and wake twice': run({ ...BOTH, waits: 2, all: 2, giveUps: 1 }, 124_296),
  'three kernels': run(THREE, 86_605),
  'three kernels, one of all is woken': run({ ...THREE, all: 0, one: 1 }, 81_799),
  'a kernel of three dies': run({ ...THREE, waking: 1, all: 0, one: 1, deaths: 1 }, 181_061),
  'a kernel of three dies, and another joins': run({ ...THREE, sleeping: 2, waking: 1, late: 1, deaths: 1 }, 42_778),
  'both unmap the object': run({ ...BOTH, waits: 2, detaches: 1 }, 58_602),
  'the pager dies under two': run({ ...BOTH, waits: 2, pagerDeaths: 1 }, 6_834),
  'the pager lies about, and two wake': run({ ...BOTH, all: 0, one: 2, congestions: 1 }, 93_216),
  'three kernels, of which two join later': run({ kernels: 3, late: 2, waking: 2, waits: 2, one: 1 }, 56_945),
};
