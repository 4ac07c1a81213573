import { expect, test } from 'vitest';
import { seededRandom } from '../../src/host/seeded-random.ts';
import { Market } from './market.ts';

const SECONDS = Number(process.env['EASYNC_TRANSFER_SECONDS'] ?? 2);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

test(
  `kill -9 among tasks that hand each other rights, for ${SECONDS} s, from seed ${SEED}`,
  { timeout: 120_000 + SECONDS * 2_000 },
  async () => {
    await using market = await Market.open(seededRandom(SEED));
    const tally = new Map<string, number>();
    const end = performance.now() + SECONDS * 1_000;
    let acts = 0;
    do {
      const { faults, tally: counted } = await market.act();
      const replay = `EASYNC_SEED=${SEED} EASYNC_TRANSFER_SECONDS=${SECONDS} npx vitest run test/chaos/transfer.test.ts`;
      expect(faults.slice(0, 10), `to replay it: ${replay}`).toEqual([]);
      for (const [word, count] of counted) tally.set(word, (tally.get(word) ?? 0) + count);
      acts += 1;
    } while (performance.now() < end);
    expect(await market.dismiss()).toEqual([]);
    const counts = [...tally].map(([word, count]) => `${count} ${word}`).join(', ');
    console.log(`seed ${SEED}: ${acts} acts, ${market.kills} kills: ${counts}`);
  },
);
