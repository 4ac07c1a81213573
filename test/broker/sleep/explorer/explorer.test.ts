import { describe, expect, test } from 'vitest';
import { explore } from '../../../explorer/explore.ts';
import { FULL_RUNS, SMALL_RUNS } from './runs.ts';
import { system } from './system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;

/** More than any run has: one that grows beyond it has not been looked at to its end. */
const MOST_STATES = 1_000_000;

describe('tasks that sleep on what they share, and their broker', () => {
  test.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))(
    '%s: no wakeup is lost, and nobody is left in the table',
    { timeout: 600_000 },
    (name, { bounds, states, transitions }) => {
      using model = system(bounds);
      const explored = explore(model, MOST_STATES);
      console.log(`${name}: ${explored.states} states, ${explored.transitions} transitions, ${explored.depth} deep`);
      expect({ states: explored.states, transitions: explored.transitions }).toEqual({ states, transitions });
    },
  );
});
