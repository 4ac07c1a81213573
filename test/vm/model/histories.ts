import fc from 'fast-check';
import type { Replaced } from '../harness.ts';
import { OPS, World } from './world.ts';

const STEP = fc.record({ op: fc.constantFrom(...OPS), a: fc.nat(11), b: fc.nat(11), c: fc.nat(63) });

/** A history of a small world, which fails if the machine breaks a rule in it. */
export function histories(replaced: Replaced = {}): fc.IProperty<[unknown, number, boolean]> {
  return fc.property(
    fc.array(STEP, { minLength: 40, maxLength: 160, size: 'max' }),
    fc.integer({ min: 2, max: 8 }),
    fc.boolean(),
    (steps, cachePages, defaultPager) => {
      const world = new World({ cachePages, defaultPager, replaced });
      for (const step of steps) world.run(step);
      world.finish();
    },
  );
}
