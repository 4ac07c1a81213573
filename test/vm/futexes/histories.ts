import fc from 'fast-check';
import type { Replaced } from '../harness.ts';
import { OPS, type Step, World } from './world.ts';

const STEP: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom(...OPS),
  kernel: fc.nat(2),
  task: fc.nat(2),
  word: fc.nat(1),
  pick: fc.nat(6),
});

/** A history of futexes over several kernels, which fails if a machine breaks a rule in it. */
export function futexHistories(replaced: Replaced = {}): fc.IProperty<[Step[], number, boolean, boolean, boolean]> {
  return fc.property(
    fc.array(STEP, { minLength: 30, maxLength: 150, size: 'max' }),
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
    (steps, kernels, words, recallsAtOnce, revokes) => {
      const world = new World({ kernels, words, recallsAtOnce, budgetMs: revokes ? 1 : 0, replaced });
      for (const step of steps) world.run(step);
      world.finish();
    },
  );
}
