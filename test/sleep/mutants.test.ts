import { expect, test } from 'vitest';
import { explore } from '../explorer/explore.ts';
import { type Mutant, QUEUE_MUTANTS, SLEEPER_MUTANTS, USER_MUTANTS } from './mutants.ts';
import { NO_BUDGET, THREE_TWO } from './bounds.ts';
import { system } from './system.ts';

/** More than any of them needs. */
const MOST_STATES = 20_000;

const named = (part: string, mutants: Readonly<Record<string, Mutant>>): [string, Mutant][] =>
  Object.entries(mutants).map(([name, mutant]) => [`${part}: ${name}`, mutant]);

test.each([...named('sleeper', SLEEPER_MUTANTS), ...named('queues', QUEUE_MUTANTS), ...named('users', USER_MUTANTS)])(
  '%s',
  (_name, mutant) => {
    expect(() => prove(mutant)).toThrow(expect.objectContaining({ rule: mutant.rule }));
  },
);

test('a lost wakeup is told with the shortest way to it', () => {
  const mutant = USER_MUTANTS['release, then enqueue (§2.6)'];
  expect(() => mutant !== undefined && prove({ ...mutant, bounds: { waiters: [0] } })).toThrow(
    [
      'no wakeup is lost: waiter 0 sleeps, and there is one to take',
      '  1. waiter 0 takes the lock',
      '  2. waiter 0 finds none, and lets go of the lock',
      '  3. waker 0 takes the lock',
    ].join('\n'),
  );
});

function prove({ faults, bounds, budget }: Mutant): void {
  explore(system({ ...THREE_TWO, ...bounds, budget: { ...NO_BUDGET, ...budget } }, faults), MOST_STATES);
}
