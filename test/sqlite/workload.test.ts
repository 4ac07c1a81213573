import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Block } from 'easync/servers/block';
import { describe, expect, test } from 'vitest';
import { BLOCKFILE, RAMDISK } from '../servers/block/devices.ts';
import { canMount, SmallDisk, WITHOUT_MOUNT } from '../servers/block/small-disk.ts';
import { PLACEMENTS } from '../support/lab.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';
import { type Database, openDatabase, type Value } from './support/database.js';
import { hasSqlite, realSqlite, WITHOUT_SQLITE } from './support/real-tool.ts';

const ROWS = Number(process.env['EASYNC_SQLITE_ROWS'] ?? 20_000);

test.skipIf(!hasSqlite)(
  `${ROWS} rows on a blockfile in a process of its own: the real sqlite3 agrees with every one${WITHOUT_SQLITE}`,
  async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    const options = { path: scratch.join('disk'), blocks: 8192, create: true };
    using disk = await t.sys.open(Block, BLOCKFILE, { place: 'process', options });
    expect((await disk.where()).pid).not.toBe(process.pid);
    const db = await openDatabase(disk);
    await db.run('PRAGMA page_size=4096; PRAGMA cache_size=2000');
    await db.run('CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, cents INTEGER)');
    await db.run('CREATE INDEX by_owner ON account (owner)');
    const rows = Array.from({ length: ROWS }, (_, id) => rowOf(id));
    for (let from = 0; from < ROWS; from += 10_000) {
      await db.run('BEGIN');
      await db.run('INSERT INTO account VALUES (?, ?, ?)', ...rows.slice(from, from + 10_000));
      await db.run('COMMIT');
    }
    expect(await db.run('SELECT count(*), sum(cents) FROM account')).toEqual([[ROWS, sumOf(rows)]]);
    expect(await db.run('SELECT id FROM account WHERE owner = ?', ['owner 777'])).toHaveLength(ROWS / 1000);
    await db.close();
    expect(await realSqlite(disk, scratch, 'PRAGMA integrity_check; SELECT count(*), sum(cents) FROM account')).toBe(
      `ok\n${ROWS}|${sumOf(rows)}\n`,
    );
    const all = await realSqlite(disk, scratch, 'SELECT * FROM account ORDER BY id');
    expect(all === rows.map((row) => `${row.join('|')}\n`).join('')).toBe(true);
  },
);

describe.each(PLACEMENTS)('on a ramdisk, $where', ({ place, check }) => {
  test('inserts, updates, rolls back, spills, vacuums, and is there when it is opened again', async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem({ check });
    using disk = await t.sys.open(Block, RAMDISK, { place, options: { blocks: 2048 } });
    const db = await openDatabase(disk);
    await db.run('PRAGMA cache_size=10; CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, cents INTEGER)');
    await db.run('BEGIN');
    await db.run('INSERT INTO account VALUES (?, ?, ?)', ...Array.from({ length: 3000 }, (_, id) => rowOf(id)));
    await db.run('COMMIT');
    const before = await contentOf(db);
    await db.run('BEGIN; UPDATE account SET owner = owner || owner; DELETE FROM account WHERE id % 3 = 0');
    expect(await contentOf(db)).not.toEqual(before);
    await db.run('ROLLBACK');
    expect(await contentOf(db)).toEqual(before);
    await db.run('DELETE FROM account WHERE id >= 500; CREATE INDEX by_cents ON account (cents); VACUUM');
    await db.close();

    const again = await openDatabase(disk);
    expect(await contentOf(again)).toEqual(before.slice(0, 500));
    expect(await again.run('PRAGMA integrity_check')).toEqual([['ok']]);
    expect(Number((await again.run('PRAGMA page_count'))[0]?.[0])).toBeLessThan(20);
    await again.close();
    if (hasSqlite) expect(await realSqlite(disk, scratch, 'PRAGMA integrity_check')).toBe('ok\n');
  });
});

test('a device that is too small is a full disk to SQLite, which goes on with what it has', async () => {
  await using t = await testSystem();
  using disk = await t.sys.open(Block, RAMDISK, { options: { blocks: 80 } });
  const db = await openDatabase(disk);
  await db.run('CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, cents INTEGER)');
  await db.run('INSERT INTO account VALUES (?, ?, ?)', rowOf(1));
  const many = Array.from({ length: 10_000 }, (_, id) => rowOf(id + 10));
  await db.run('BEGIN');
  await expect(db.run('INSERT INTO account VALUES (?, ?, ?)', ...many).then(() => db.run('COMMIT'))).rejects.toThrow(
    'database or disk is full',
  );
  expect(await db.run('SELECT id FROM account')).toEqual([[1]]);
  await db.run('INSERT INTO account VALUES (?, ?, ?)', rowOf(2));
  expect(await db.run('PRAGMA integrity_check')).toEqual([['ok']]);
  await db.close();
});

test.skipIf(!canMount)(
  `a host disk that is full is no end: SQLite rolls back, and goes on when there is room${WITHOUT_MOUNT}`,
  async () => {
    await using scratch = await Scratch.make();
    using small = new SmallDisk(scratch.join('small'), '512k');
    const ballast = join(small.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(300 * 1024, 1));
    await using t = await testSystem();
    const options = { path: join(small.path, 'disk'), blocks: 4096, create: true };
    using disk = await t.sys.open(Block, BLOCKFILE, { place: 'process', options });
    const db = await openDatabase(disk);
    await db.run('CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, cents INTEGER)');
    await db.run('INSERT INTO account VALUES (?, ?, ?)', rowOf(1));
    const many = Array.from({ length: 10_000 }, (_, id) => rowOf(id + 10));
    const insert = (): Promise<unknown> => db.run('INSERT INTO account VALUES (?, ?, ?)', ...many);
    await db.run('BEGIN');
    await expect(insert().then(() => db.run('COMMIT'))).rejects.toThrow('database or disk is full');
    expect(await db.run('SELECT id FROM account')).toEqual([[1]]);
    rmSync(ballast);
    await db.run('BEGIN');
    await insert();
    await db.run('COMMIT');
    expect(await db.run('SELECT count(*), sum(cents) FROM account')).toEqual([
      [many.length + 1, sumOf([rowOf(1), ...many])],
    ]);
    expect(await db.run('PRAGMA integrity_check')).toEqual([['ok']]);
    await db.close();
  },
);

test('a device that holds something else is left alone', async () => {
  await using t = await testSystem();
  using disk = await t.sys.open(Block, RAMDISK, { options: { blocks: 80 } });
  await disk.write({ lba: 1, data: new Uint8Array(4096).fill(1) });
  await expect(openDatabase(disk)).rejects.toThrow('the device holds something else');
});

function rowOf(id: number): [number, string, number] {
  return [id, `owner ${id % 1000}`, (id * 7919) % 100_003];
}

function sumOf(rows: readonly [number, string, number][]): number {
  return rows.reduce((sum, [, , cents]) => sum + cents, 0);
}

async function contentOf(db: Database): Promise<Value[][]> {
  return db.run('SELECT id, owner, cents FROM account ORDER BY id');
}
