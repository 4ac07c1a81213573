import { type Bounds, type Faults, NO_BUDGET, SMALL } from './bounds.ts';
import { ANSWERS_TWICE } from './faults-pager.ts';
import type { Budget } from './parts.ts';

/**
 * What is explored, and how much that is: the same each time, for nothing here is left to chance. A change of a machine may change
 * it, too: who has seen that it should writes down the new.
 */
export type Run = { bounds: Bounds; faults?: Faults; states: number; transitions: number };

/** Two kernels and one page, in every order. */
export const SMALL_RUNS: Readonly<Record<string, Run>> = {
  'accesses cross recalls, evictions and the death of a kernel': run(
    {},
    { reads: 1, writes: 2, pins: 1, evictions: 1, kernelDeaths: 1 },
    [7_588, 20_798],
  ),
  'an object is kept unmapped, and is not to be any more': run(
    { calls: 1 },
    { writes: 1, unmaps: 1, changes: 1 },
    [1_483, 4_268],
  ),
  'the store fails, and the pager is asked to sync': run(
    { calls: 1 },
    { reads: 1, writes: 2, syncs: 1, readErrors: 1, writeErrors: 1 },
    [6_907, 15_706],
  ),
  'the pager takes everything back, and for a time nothing': run(
    { calls: 1 },
    { reads: 1, writes: 1, evictions: 1, flushes: 1, congestions: 1 },
    [6_202, 20_509],
  ),
  'a page that has never been written': run({ stored: 0 }, { reads: 2, writes: 2, evictions: 1 }, [8_158, 19_053]),
  'an object that nobody may write': run({ readOnly: true }, { reads: 2, writes: 2, evictions: 1 }, [4_374, 11_833]),
  'a pager that supplies what is there': {
    ...run({}, { reads: 1, writes: 1, evictions: 1 }, [1_405, 3_208]),
    faults: { replaced: { master: ANSWERS_TWICE } },
  },
  'two pages, one request at a time': run(
    { pages: 2, requests: 1, isPrompt: true },
    { reads: 2, writes: 1 },
    [2_803, 6_826],
  ),
};

/** Two kernels and two pages, with a host that answers as the broker's does. */
const TWO_PAGES: Partial<Bounds> = { pages: 2, isPrompt: true, calls: 1 };

export const FULL_RUNS: Readonly<Record<string, Run>> = {
  'an object is unmapped and mapped anew, in use or not, and its pager dies': run(
    { calls: 1, mayCache: false },
    { reads: 1, writes: 1, pins: 1, unmaps: 2, pagerDeaths: 1 },
    [13_402, 42_322],
  ),
  'two pages: accesses cross recalls, evictions and the death of a kernel': run(
    TWO_PAGES,
    { reads: 2, writes: 2, pins: 1, evictions: 2, kernelDeaths: 1 },
    [342_405, 1_113_332],
  ),
  'two pages: they are unmapped, mapped anew, and their pager dies': run(
    { ...TWO_PAGES, mayCache: false },
    { reads: 1, writes: 2, pins: 1, evictions: 1, unmaps: 1, pagerDeaths: 1 },
    [156_357, 515_626],
  ),
  'two pages: the store fails, and the pager is asked to sync': run(
    TWO_PAGES,
    { reads: 1, writes: 2, evictions: 1, syncs: 1, writeErrors: 1 },
    [196_841, 594_154],
  ),
  'two pages: the pager reads ahead, and takes everything back': run(
    { ...TWO_PAGES, stored: 2, readAhead: 2 },
    { reads: 2, writes: 1, evictions: 1, flushes: 1 },
    [51_904, 137_046],
  ),
  'three kernels': run(
    { kernels: 3, isPrompt: true, calls: 1 },
    { reads: 1, writes: 2, evictions: 1, kernelDeaths: 1 },
    [90_603, 301_203],
  ),
  'one page, all at once': run(
    { calls: 2 },
    { reads: 1, writes: 2, pins: 1, evictions: 1, unmaps: 1, kernelDeaths: 1, pagerDeaths: 1 },
    [101_607, 421_608],
  ),
};

function run(bounds: Partial<Bounds>, budget: Partial<Budget>, [states, transitions]: readonly [number, number]): Run {
  return { bounds: { ...SMALL, ...bounds, budget: { ...NO_BUDGET, ...budget } }, states, transitions };
}
