import { expect, test } from 'vitest';
import { explore } from '../../../explorer/explore.ts';
import { type Bounds, type Budget, type Fault, NO_BUDGET, TWO_TWO } from './bounds.ts';
import { system } from './system.ts';

/** More than any of them needs. */
const MOST_STATES = 20_000;

/** What is wrong, what has to be there for it to matter, and the rule that tells. */
const MUTANTS: Readonly<Record<Fault, { bounds: Partial<Bounds>; budget?: Partial<Budget>; rule: string }>> = {
  'the table is late': { bounds: { sleepers: 1, wakers: 1 }, rule: 'no wakeup is lost' },
  'the table is read before the change is there': { bounds: { sleepers: 1, wakers: 1 }, rule: 'no wakeup is lost' },
  'nobody waits for the answer': { bounds: { sleepers: 1, wakers: 1 }, rule: 'no wakeup is lost' },
  'one that is prepared counts as asleep': {
    bounds: { wakers: 1, wake: 'one' },
    budget: { leaves: 1 },
    rule: 'no wakeup is lost',
  },
  'one of several tasks is not told': {
    bounds: { wakers: 1 },
    rule: 'who was told that it is in the queue is there',
  },
  'a death is not heard of': {
    bounds: { sleepers: 1, wakers: 1 },
    budget: { deaths: 1 },
    rule: 'the table is empty when nobody sleeps',
  },
  'a timer takes nobody out of the queue': {
    bounds: { wakers: 1, wake: 'one' },
    budget: { timeouts: 1 },
    rule: 'no wakeup is lost',
  },
  'who timed out keeps the wakeup': {
    bounds: { wakers: 1, wake: 'one' },
    budget: { timeouts: 1 },
    rule: 'no wakeup is lost',
  },
  'numbers are not looked at': {
    bounds: { sleepers: 1, wakers: 1 },
    budget: { timeouts: 1 },
    rule: 'the table is empty when nobody sleeps',
  },
  'a number that is not known is an error': {
    bounds: { sleepers: 1, wakers: 1 },
    rule: 'everybody gets an outcome',
  },
};

test.each(Object.entries(MUTANTS))('%s', (fault, { bounds, budget, rule }) => {
  const all = { ...TWO_TWO, ...bounds, budget: { ...NO_BUDGET, ...budget } };
  using model = system(all, fault as Fault);
  expect(() => explore(model, MOST_STATES)).toThrow(expect.objectContaining({ rule }));
});

test('a lost wakeup is told with the shortest way to it', () => {
  using model = system({ ...TWO_TWO, sleepers: 1, wakers: 1 }, 'the table is read before the change is there');
  expect(() => explore(model, MOST_STATES)).toThrow(
    /^no wakeup is lost: sleeper 1 sleeps, and what it waits for is there\n {2}1\. sleeper 1 prepares\n {2}2\. waker 1 looks/,
  );
});
