import { expect, test } from 'vitest';
import { NO_BUDGET, SMALL } from './bounds.ts';
import { explore } from './explore.ts';
import { ANSWERS_TWICE } from './faults.ts';
import { system } from './system.ts';

test('twice', () => {
  const bounds = { ...SMALL, calls: 1, budget: { ...NO_BUDGET, reads: 1, writes: 2 } };
  console.log(explore(system(bounds, { replaced: { master: ANSWERS_TWICE } }), 1_000_000));
  console.log(explore(system({ ...bounds, readOnly: true }), 1_000_000));
  expect(1).toBe(1);
});
