import fc from 'fast-check';
import { test } from 'vitest';
import { OPS, World } from './model/world.ts';

const RUNS = Number(process.env['EASYNC_VM_RUNS'] ?? 400);

const STEP = fc.record({ op: fc.constantFrom(...OPS), a: fc.nat(11), b: fc.nat(11), c: fc.nat(63) });

test('nobody reads what was not last written, nothing that was written is lost, and who waits is answered', () => {
  fc.assert(
    fc.property(
      fc.array(STEP, { maxLength: 120, size: 'max' }),
      fc.integer({ min: 2, max: 8 }),
      fc.boolean(),
      (steps, cachePages, defaultPager) => {
        const world = new World({ cachePages, defaultPager });
        for (const step of steps) world.run(step);
        world.finish();
      },
    ),
    { numRuns: RUNS },
  );
});
