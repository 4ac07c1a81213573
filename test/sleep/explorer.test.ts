import { describe, expect, test } from 'vitest';
import { explore } from '../explorer/explore.ts';
import { FULL_RUNS, SMALL_RUNS } from './runs.ts';
import { system } from './system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;

/** More than any run has: one that grows beyond it has not been looked at to its end. */
const MOST_STATES = 2_000_000;

describe('every order of prepare, release, sleep, wakeup, timeout and signal', () => {
  test.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))(
    '%s: no wakeup is lost, and every sleep has the result of lwkt.md §2.3',
    { timeout: 600_000 },
    (name, { bounds, states, transitions }) => {
      const explored = explore(system(bounds), MOST_STATES);
      console.log(
        `sleep, ${name}: ${explored.states} states, ${explored.transitions} transitions, ${explored.depth} steps deep`,
      );
      expect({ states: explored.states, transitions: explored.transitions }).toEqual({ states, transitions });
    },
  );
});

test('a run that is cut short is a failure', () => {
  const [run] = Object.values(SMALL_RUNS);
  expect(() => run !== undefined && explore(system(run.bounds), 100)).toThrow('not all of them could be visited');
});
