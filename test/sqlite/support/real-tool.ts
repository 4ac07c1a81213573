import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Stub } from 'easync';
import type { Block } from 'easync/servers/block';
import type { Scratch } from '../../support/scratch.ts';
import { exportDatabase } from './database.js';

/** What SQLite needs of a device. */
export type Disk = Pick<Stub<typeof Block>, 'read' | 'write' | 'flush' | 'size'>;

export const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;
export const WITHOUT_SQLITE = hasSqlite ? '' : ' (there is no sqlite3 here to ask)';

/** What the real sqlite3 says of the database, copied out of the device to a file. */
export async function realSqlite(disk: Disk, scratch: Scratch, sql: string): Promise<string> {
  const path = scratch.join('exported.db');
  writeFileSync(path, await exportDatabase(disk));
  return execFileSync('sqlite3', ['-readonly', path, sql], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}
