import { Block } from 'easync/servers/block';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/host/seeded-random.ts';
import { RAMDISK } from '../servers/block/devices.ts';
import { testSystem } from '../support/system.ts';
import { openDatabase } from './support/database.js';
import { lastTransaction } from './support/last-transaction.ts';
import { MortalDisk } from './support/power.ts';
import { prepare, transact } from './support/transactions.js';

// What a kill cannot show: that the client flushes where it must. More of it: EASYNC_SQLITE_KILLS=200.
const FAILURES = 2 * Number(process.env['EASYNC_SQLITE_KILLS'] ?? 3);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
const BLOCK_SIZE = 1024;

test(
  `the power fails ${FAILURES} times (seed ${SEED}): commits that were told of are on the medium, whole`,
  {
    timeout: 60_000 + FAILURES * 10_000,
  },
  async () => {
    const random = seededRandom(SEED);
    await using t = await testSystem({ check: false });
    using medium = await t.sys.open(Block, RAMDISK, { options: { blocks: 8192, blockSize: BLOCK_SIZE } });
    let last = 0;
    for (let round = 0; round < FAILURES; round += 1) {
      const disk = new MortalDisk(medium, BLOCK_SIZE, random, 1 + random.below(150));
      let acknowledged = last;
      const until = async (): Promise<never> => {
        const db = await openDatabase(disk);
        await prepare(db);
        for (;;) {
          await transact(db, acknowledged + 1);
          acknowledged += 1;
        }
      };
      await expect(until()).rejects.toThrow(
        /disk I\/O error|unable to open database file|sqlite3_open_v2|the power has failed/,
      );

      const db = await openDatabase(medium);
      await prepare(db);
      const found = await lastTransaction(db);
      expect(found).toBeGreaterThanOrEqual(acknowledged);
      expect(found).toBeLessThanOrEqual(acknowledged + 1);
      last = found;
      await db.close();
    }
    expect(last).toBeGreaterThan(0);
  },
);
