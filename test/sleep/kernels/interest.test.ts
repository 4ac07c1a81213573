import { describe, expect, test } from 'vitest';
import { explore } from '../../explorer/explore.ts';
import { MUTANTS } from './mutants.ts';
import { FULL_RUNS, SMALL_RUNS, TWO } from './runs.ts';
import { kernelsSystem } from './system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;
const MOST_STATES = 2_000_000;

describe('sleepers of several kernels', () => {
  test.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))(
    '%s: whoever is prepared is not passed by, and nobody is stuck',
    { timeout: 600_000 },
    (name, { bounds, states }) => {
      const explored = explore(kernelsSystem(bounds), MOST_STATES);
      console.log(`interest, ${name}: ${explored.states} states, ${explored.transitions} transitions`);
      expect(explored.states).toBe(states);
    },
  );
});

const TRIED = Object.entries(MUTANTS).filter(([, { isLong }]) => IS_FULL || isLong !== true);

test.each(TRIED)('%s: that is noticed', (_name, { replaced, bounds, rule }) => {
  const system = kernelsSystem({ ...TWO, ...bounds }, replaced);
  expect(() => explore(system, MOST_STATES)).toThrow(expect.objectContaining({ rule }));
});
