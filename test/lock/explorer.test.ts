import { beforeAll, describe, expect, test } from 'vitest';
import { ENDLESS } from './bounds.ts';
import { checkFairness } from './fairness.ts';
import { Graph } from './graph.ts';
import { checkProgress } from './progress.ts';
import { FULL_RUNS, type Run, SMALL_RUNS } from './runs.ts';
import { system } from './system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;

/** More than any run has: one that grows beyond it has not been looked at to its end. */
const MOST_STATES = 2_000_000;

/** Those of pager.md are of a throw-away model, in which states that differ only in who is who are several. */
beforeAll(() => console.log('pager.md §2.7: 748003 states of 2 × 2 × 2, 970469 of 3 × 2 × 1, 113402 with deaths'));

describe.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))('%s', (name, run) => {
  test('F1 to F10 hold', { timeout: 600_000 }, () => {
    const explored = system(run.bounds);
    const graph = new Graph(explored, MOST_STATES);
    const { states, transitions, depth } = graph.explored;
    checkProgress(explored, graph);
    if (run.bounds.turns === ENDLESS) checkFairness(explored, graph, run.bounds);
    console.log(`${name}: ${states} states, ${transitions} transitions, ${depth} steps deep; ${inWords(run)}`);
    expect({ states, transitions }).toEqual({ states: run.states, transitions: run.transitions });
  });
});

test('a run that is cut short is a failure', () => {
  const [run] = Object.values(SMALL_RUNS);
  expect(() => run !== undefined && new Graph(system(run.bounds), 100)).toThrow(/^more than 100 states/);
});

/** What bounds it. */
function inWords({ bounds: { budget, ...bounds } }: Run): string {
  const left = Object.entries(budget).filter(([, count]) => count !== 0);
  return [...Object.entries(bounds), ...left].map(([what, count]) => `${what} ${String(count)}`).join(', ');
}
