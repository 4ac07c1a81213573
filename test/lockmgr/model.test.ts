import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runHistory } from './against-model.ts';
import { Coverage } from './coverage.ts';
import { everyCell, histories } from './histories.ts';

const RUNS = Number(process.env['EASYNC_LOCKMGR_RUNS'] ?? 1_500);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

test(
  'a lock does what the table says, nobody is stuck or waits for ever, and every cell came up',
  () => {
    const coverage = new Coverage();
    for (const history of everyCell()) runHistory(history, coverage);
    const property = fc.property(histories(12), (history) => runHistory(history, coverage));
    fc.assert(property, { numRuns: RUNS, seed: SEED });
    process.stdout.write(
      `request × holder state: sets of modifiers that came up, and how often\n${coverage.print()}\n`,
    );
    expect(coverage.missing).toEqual([]);
  },
  10_000 + RUNS * 10,
);
