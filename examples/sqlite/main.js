// SQLite, unchanged, on a block device that runs where it is told to: its files are blocks of a file of the host.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from 'easync';
import { Block } from 'easync/servers/block';
import { BlockVfs } from './block-vfs.js';
import { Database } from './database.js';
import { Volume } from './volume.js';

const path = join(tmpdir(), `easync-sqlite-${process.pid}`);
const BLOCKFILE = new URL(import.meta.resolve('easync/servers/blockfile'));
const sys = await boot();
try {
  for (const place of ['inline', 'thread', 'process']) {
    const options = { path, blocks: 2048, create: true };
    const disk = await sys.open(Block, BLOCKFILE, { place, options });
    const db = await Database.open(new BlockVfs(await Volume.on(disk)));
    await db.run('CREATE TABLE IF NOT EXISTS fish (name TEXT, place TEXT)');
    await db.run('BEGIN');
    await db.run('INSERT INTO fish VALUES (?, ?)', ['herring', place], ['cod', place], ['eel', place]);
    await db.run('COMMIT');
    await db.run('BEGIN; DELETE FROM fish; ROLLBACK');
    const [[fish, places]] = await db.run('SELECT count(*), group_concat(DISTINCT place) FROM fish');
    const [[check]] = await db.run('PRAGMA integrity_check');
    console.log(`${place}: ${fish} fish, written from ${places}; integrity ${check}`);
    await db.close();
    disk[Symbol.dispose]();
  }
} finally {
  await sys.dispose();
  rmSync(path, { force: true });
}
