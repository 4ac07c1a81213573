import fc from 'fast-check';
import { test } from 'vitest';
import { histories } from './model/histories.ts';

const RUNS = Number(process.env['EASYNC_VM_RUNS'] ?? 100);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

test(
  'nobody reads what was not last written, nothing that was written is lost, and who waits is answered',
  () => fc.assert(histories(), { numRuns: RUNS, seed: SEED }),
  10_000 + RUNS * 100,
);
