import { fileURLToPath } from 'node:url';
import { Block } from 'easync/servers/block';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/host/seeded-random.ts';
import { BLOCKFILE, type Disk as WholeDisk } from '../servers/block/devices.ts';
import { isRunning, Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem, type TestSystem } from '../support/system.ts';
import { until } from '../support/until.ts';
import { openDatabase } from './support/database.js';
import { type Disk, hasSqlite, realSqlite } from './support/real-tool.ts';
import { lastTransaction } from './support/last-transaction.ts';
import { prepare, transact } from './support/transactions.js';

// What a commit promises, when what it runs on is killed. More of it: EASYNC_SQLITE_KILLS=200.
const KILLS = Number(process.env['EASYNC_SQLITE_KILLS'] ?? 2);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
const TIMEOUT_MS = 60_000 + KILLS * 10_000;

test(
  `the driver is killed ${KILLS} times (seed ${SEED}): every call ends, and every commit that was told of is there`,
  { timeout: TIMEOUT_MS },
  async () => {
    const random = seededRandom(SEED);
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    let last = 0;
    for (let round = 0; round < KILLS; round += 1) {
      using disk = await openDisk(t, scratch);
      const { pid } = await disk.where();
      // The first calls recover what the round before has left: that is killed too.
      const victim = killedAt(disk, pid, 1 + random.below(120), random.below(2) === 0);
      const told = await untilItFails(victim, last);
      expect(told.error).toMatch(/disk I\/O error|unable to open database file|MACH_SEND_INVALID_DEST|ESERVERDIED/);
      await until(() => !isRunning(pid));

      using again = await openDisk(t, scratch);
      const db = await openDatabase(again);
      await prepare(db);
      const found = await lastTransaction(db);
      expect(found).toBeGreaterThanOrEqual(told.acknowledged);
      // The one that was under way may have been committed, and nobody was left to say so.
      expect(found).toBeLessThanOrEqual(told.acknowledged + 1);
      last = found;
      await db.close();
      if (hasSqlite) expect(await realSqlite(again, scratch, 'PRAGMA integrity_check')).toBe('ok\n');
    }
  },
);

test(
  `the client is killed ${KILLS} times (seed ${SEED}): what it told of is there, and whole`,
  { timeout: TIMEOUT_MS },
  async () => {
    const random = seededRandom(SEED + 1);
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    let last = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const place = random.below(2) === 0 ? 'process' : 'inline';
      await using client = new Program([CLIENT, place, scratch.join('disk'), String(last)]);
      const driver = Number(await client.line());
      let acknowledged = last;
      for (let i = random.below(6); i > 0; i -= 1) acknowledged = Number(await client.line());
      client.kill();
      for (const line of await client.rest()) acknowledged = Number(line);
      // What the client had sent is the driver's to write: two at once would be one too many.
      await until(() => !isRunning(driver));

      using disk = await openDisk(t, scratch);
      const db = await openDatabase(disk);
      await prepare(db);
      const found = await lastTransaction(db);
      expect(found).toBeGreaterThanOrEqual(acknowledged);
      last = found;
      await db.close();
      if (hasSqlite) expect(await realSqlite(disk, scratch, 'PRAGMA integrity_check')).toBe('ok\n');
    }
    expect(last).toBeGreaterThan(0);
  },
);

const CLIENT = fileURLToPath(new URL('fixtures/client.js', import.meta.url));

async function openDisk({ sys }: TestSystem, scratch: Scratch): Promise<WholeDisk> {
  const options = { path: scratch.join('disk'), blocks: 4096, create: true };
  return sys.open(Block, BLOCKFILE, { place: 'process', options });
}

/** Transactions until the device is gone: the last that was acknowledged, and what the next said. */
async function untilItFails(disk: Disk, last: number): Promise<{ acknowledged: number; error: string }> {
  let acknowledged = last;
  try {
    const db = await ends(openDatabase(disk));
    await ends(prepare(db));
    for (;;) {
      await ends(transact(db, acknowledged + 1));
      acknowledged += 1;
    }
  } catch (error) {
    return { acknowledged, error: String(error) };
  }
}

/** A call that hangs is not to be mistaken for one that failed. */
async function ends<T>(call: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(20_000);
  const hangs = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error('a call has not ended in 20 s')));
  });
  return Promise.race([call, hangs]);
}

/** The device, whose process is killed at its `n`th call: before it is sent, or when it is under way. */
function killedAt(disk: WholeDisk, pid: number, n: number, isBefore: boolean): Disk {
  let calls = 0;
  const counted = <T>(call: () => T): T => {
    calls += 1;
    if (calls === n && isBefore) process.kill(pid, 'SIGKILL');
    const answer = call();
    if (calls === n && !isBefore) process.kill(pid, 'SIGKILL');
    return answer;
  };
  return {
    read: (args) => counted(() => disk.read(args)),
    write: (args) => counted(() => disk.write(args)),
    flush: () => counted(() => disk.flush()),
    size: () => disk.size(),
  };
}
