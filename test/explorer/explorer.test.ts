import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { type Bounds, NO_BUDGET } from './bounds.ts';
import { system } from './system.ts';

const bounds: Bounds = {
  kernels: 2,
  pages: 1,
  calls: 1,
  readAhead: 0,
  mayCache: true,
  holdsBack: false,
  budget: { ...NO_BUDGET, reads: 1, writes: 2, evictions: 1 },
};

test('spine', () => {
  const start = performance.now();
  console.log(explore(system(bounds), 1_000_000), performance.now() - start);
  expect(1).toBe(1);
});
