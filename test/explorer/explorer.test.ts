import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import { FULL_RUNS, type Run, SMALL_RUNS } from './runs.ts';
import { system } from './system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;

/** More than any run has: one that grows beyond it has not been looked at to its end. */
const MOST_STATES = 2_000_000;

describe.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))('%s', (name, run) => {
  test('the rules hold in every state', { timeout: 600_000 }, () => {
    const { states, transitions, depth } = explore(system(run.bounds, run.faults), MOST_STATES);
    console.log(`${name}: ${states} states, ${transitions} transitions, ${depth} steps deep; ${inWords(run)}`);
    expect({ states, transitions }).toEqual({ states: run.states, transitions: run.transitions });
  });
});

test('a run that is cut short is a failure', () => {
  const [run] = Object.values(SMALL_RUNS);
  expect(() => run !== undefined && explore(system(run.bounds), 1000)).toThrow(/^more than 1000 states/);
});

/** What bounds it. */
function inWords({ bounds: { budget, ...bounds } }: Run): string {
  const left = Object.entries(budget).filter(([, count]) => count !== 0);
  return [...Object.entries(bounds), ...left].map(([what, count]) => `${what} ${String(count)}`).join(', ');
}
