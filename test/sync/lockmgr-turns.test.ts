import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS, type Step, World } from './lockmgr-turns.ts';

const RUNS = Number(process.env['EASYNC_LOCKMGR_RUNS'] ?? 400);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

const at = fc.nat(30);
const flags = fc.record({ sleepFail: fc.boolean(), cancelable: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom(...KINDS), flags }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('release' as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom('downgrade', 'cancel', 'leave', 'abort', 'timeout'), at }),
  },
);
const turns = fc.array(fc.array(step, { minLength: 2, maxLength: 6 }), { minLength: 4, maxLength: 12 });

// lwkt.md §3.3: "after any error the requester holds nothing", and a grant that was first counts, but of a share.
test(
  'whatever happens in one turn of the loop, who is told that it has the lock has it, and nobody else',
  async () => {
    let raced = 0;
    const property = fc.asyncProperty(turns, async (history) => void (raced += await runHistory(history)));
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    // Grants that a timeout or a signal came after, before anybody heard of them.
    expect(raced).toBeGreaterThan(RUNS / 20);
  },
  10_000 + RUNS * 20,
);

async function runHistory(history: Step[][]): Promise<number> {
  const world = new World();
  for (const steps of history) {
    for (const one of steps) world.does(one);
    await world.settle();
  }
  // Nobody is stuck.
  while (world.knowing('shared', 'exclusive').length > 0) {
    world.does({ does: 'release', at: 0 });
    await world.settle();
  }
  expect([world.knowing('waits'), world.lock.isInUse]).toEqual([[], false]);
  return world.races;
}
