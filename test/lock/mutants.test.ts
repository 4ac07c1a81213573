import { expect, test } from 'vitest';
import { ENDLESS, NO_BUDGET, SMALL } from './bounds.ts';
import { checkFairness } from './fairness.ts';
import { Graph } from './graph.ts';
import type { Mutant } from './mutant.ts';
import { ANSWER_MUTANTS } from './mutants-answers.ts';
import { KEEPER_MUTANTS } from './mutants-keeper.ts';
import { MASTER_MUTANTS } from './mutants-master.ts';
import { WORD_MUTANTS } from './mutants-word.ts';
import { checkProgress } from './progress.ts';
import { system } from './system.ts';

/** More than any of them needs. */
const MOST_STATES = 100_000;

const named = (machine: string, mutants: Readonly<Record<string, Mutant>>): [string, Mutant][] =>
  Object.entries(mutants).map(([name, mutant]) => [`${machine}: ${name}`, mutant]);

test.each([
  ...named('keeper', { ...KEEPER_MUTANTS, ...ANSWER_MUTANTS }),
  ...named('word', WORD_MUTANTS),
  ...named('master', MASTER_MUTANTS),
])('%s', (_name, mutant) => {
  expect(() => prove(mutant)).toThrow(expect.objectContaining({ rule: mutant.rule }));
});

test('a hand-off while yielding breaks no rule of a state, and nobody is stuck by it', () => {
  const mutant =
    KEEPER_MUTANTS['unlock: what was recalled is handed on to the next user of its own, and goes back some day'];
  expect(mutant?.rule).toBe('F8');
  if (mutant !== undefined) prove({ ...mutant, bounds: { users: 2, turns: 2 } });
});

test('a broken rule is told with the steps that led to it, in words', () => {
  const mutant = KEEPER_MUTANTS['unlock: the recall is forgotten'];
  expect(() => mutant !== undefined && prove(mutant)).toThrow(
    /^F7: somebody waits, and nothing that will happen can change that\n {2}1\. broker 0: user 1 locks lock 0\n {2}2\. /,
  );
});

function prove({ faults, bounds, budget }: Omit<Mutant, 'rule'>): void {
  const all = { ...SMALL, ...bounds, budget: { ...NO_BUDGET, ...budget } };
  const explored = system(all, faults);
  const graph = new Graph(explored, MOST_STATES);
  checkProgress(explored, graph);
  if (all.turns === ENDLESS) checkFairness(explored, graph, all);
}
