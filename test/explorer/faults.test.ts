import { expect, test } from 'vitest';
import { NO_BUDGET, SMALL } from './bounds.ts';
import { explore } from './explore.ts';
import { KERNEL_FAULTS } from './faults-kernel.ts';
import { PAGER_FAULTS } from './faults-pager.ts';
import { system } from './system.ts';

/** More than any of them needs. */
const MOST_STATES = 100_000;

test.each(Object.entries({ ...KERNEL_FAULTS, ...PAGER_FAULTS }))('%s', (_name, { faults, budget, bounds, rule }) => {
  const broken = (): unknown =>
    explore(system({ ...SMALL, ...bounds, budget: { ...NO_BUDGET, ...budget } }, faults), MOST_STATES);
  expect(broken).toThrow(expect.objectContaining({ rule }));
});

test('a broken rule is told with the steps that led to it, in words', () => {
  const fault = PAGER_FAULTS['pager: grants before the recalls are done'];
  if (fault === undefined) throw new Error('there is no such fault');
  const bounds = { ...SMALL, budget: { ...NO_BUDGET, ...fault.budget } };
  expect(() => explore(system(bounds, fault.faults), MOST_STATES)).toThrow(
    /^single writer or many readers: 2 kernels have page 0, and one may write\n {2}1\. kernel 0: a task that reads page 0 has to ask\n {2}2\. /,
  );
});
