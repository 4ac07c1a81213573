import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyCell, histories } from '../lockmgr/histories.ts';
import { LockModel } from '../lockmgr/model.ts';
import { LockmgrRig } from './lockmgr-rig.ts';

const RUNS = Number(process.env['EASYNC_LOCKMGR_RUNS'] ?? 150);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
/** Of the cells, in `npm test`: the machine below goes through all of them. */
const CELLS = everyCell().filter((_history, index) => index % 10 === 0);

test(
  'a lock among promises does what the table says, with tries, signals and owners that die',
  async () => {
    for (const history of CELLS) await runHistory(history);
    await fc.assert(fc.asyncProperty(histories(12), runHistory), { numRuns: RUNS, seed: SEED });
  },
  10_000 + RUNS * 20,
);

async function runHistory(history: readonly string[]): Promise<void> {
  const rig = new LockmgrRig();
  const model = new LockModel();
  for (const line of history) {
    const [name = '', what = ''] = line.split(' ');
    const isDeath = what === 'leave';
    // What a dead owner waited for is withdrawn, and it hears nothing else.
    const expected = model
      .does(isDeath ? `${name} dies` : line)
      .filter((told) => !isDeath || !told.startsWith(`${name} `));
    const found = await rig.does(line);
    expect(found.toSorted(), line).toEqual(expected.toSorted());
    expect(rig.state, line).toBe(model.summary);
  }
  await rig.end();
}
