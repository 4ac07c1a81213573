import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEEPER_ROWS } from '../../src/lock/index.ts';
import { futexHistories } from './futexes/histories.ts';
import { HANDLERS, type Replaced } from './harness.ts';

const RUNS = Number(process.env['EASYNC_VM_RUNS'] ?? 100);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

test(
  'nobody has a futex that another has, and who waits or sleeps is told in the end',
  () => fc.assert(futexHistories(), { numRuns: RUNS * 3, seed: SEED }),
  10_000 + RUNS * 100,
);

const MUTANTS: Readonly<Record<string, Replaced>> = {
  'a grant for which nobody waits any more is dropped': {
    keeperRows: {
      granted(keeper, host, event) {
        if (keeper.queue.length > 0) return KEEPER_ROWS.granted(keeper, host, event);
        keeper.status = 'none';
        keeper.asked = null;
        return 0;
      },
    },
  },
  'an owner that leaves is not looked for': { keeperRows: { leave: () => 0 } },
  'the word is not taken back': {
    keeperRows: {
      reclaim(keeper) {
        keeper.isLent = false;
        return 0;
      },
    },
  },
  'a wakeup from elsewhere ends the interest': {
    handlers: {
      memory_object_futex_woken(m, object, message) {
        HANDLERS.memory_object_futex_woken(m, object, message);
        const futex = object.futexes.get(message.offset);
        if (futex !== undefined) futex.interest = 'none';
        m.state.effects.push({
          type: 'send',
          object: object.id,
          message: {
            kind: 'memory_object_futex_wake_completed',
            reqId: message.reqId,
            offset: message.offset,
            woke: true,
            waits: false,
          },
        });
      },
    },
  },
};

test.each(Object.entries(MUTANTS))('it notices when %s', (_name, replaced) => {
  const { failed } = fc.check(futexHistories(replaced), { numRuns: 1000, seed: SEED, endOnFailure: true });
  expect(failed).toBe(true);
});
