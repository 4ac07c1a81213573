import { expect, test } from 'vitest';
import { NO_BUDGET, SMALL } from './bounds.ts';
import { explore } from './explore.ts';
import { FAULTS } from './faults.ts';
import { system } from './system.ts';

test.each(Object.entries(FAULTS))('%s', (_name, { faults, budget, bounds, rule }) => {
  let broken = 'none';
  const start = process.cpuUsage();
  try {
    console.log(explore(system({ ...SMALL, ...bounds, budget: { ...NO_BUDGET, ...budget } }, faults), 300_000));
  } catch (error) {
    broken = String(error);
  }
  console.log(broken, process.cpuUsage(start).user / 1e6);
  expect(broken).toContain(`${rule}:`);
});
