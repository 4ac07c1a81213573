import { expect, test } from 'vitest';
import { seededRandom } from '../../src/host/seeded-random.ts';
import { Cast } from './cast.ts';
import { judge } from './judge.ts';

const ROUNDS = Number(process.env['EASYNC_CHAOS_ROUNDS'] ?? 3);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

/** Most of a broker's death is starting everything anew, so it comes up less often. */
const VICTIMS = ['worker', 'worker', 'worker', 'client', 'client', 'client', 'broker'] as const;

test(
  `${ROUNDS} times kill -9 of driver, client or broker at a random moment, from seed ${SEED}`,
  { timeout: 60_000 + ROUNDS * 10_000 },
  async () => {
    const random = seededRandom(SEED);
    await using cast = await Cast.assemble();
    for (let round = 0; round < ROUNDS; round += 1) {
      await cast.progress(random.below(60));
      const victim = VICTIMS[random.below(VICTIMS.length)] ?? 'worker';
      if (victim === 'worker') await cast.killWorker();
      if (victim === 'client') await cast.killClient(random.below(cast.clients.length));
      if (victim === 'broker') await cast.killBroker();
    }
    await cast.progress(20);
    const { calls, handled, left } = await cast.dismiss();
    const { faults, tally } = judge(calls, handled);
    console.log(`seed ${SEED}: ${ROUNDS} kills, ${calls.length} calls: ${tally}`);
    expect(faults.slice(0, 10)).toEqual([]);
    expect(left).toEqual({ processes: [], files: [] });
  },
);
