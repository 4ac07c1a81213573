import { expect } from 'vitest';
import type { Database } from './database.js';
import { ROWS, STATES } from './transactions.js';

/** The database is whole and ends with a whole transaction. Answers which; 0 if there is none yet. */
export async function lastTransaction(db: Database): Promise<number> {
  expect(await db.run('PRAGMA integrity_check')).toEqual([['ok']]);
  const [state] = await db.run('SELECT min(tx), max(tx), count(*) FROM state');
  const last = Number(state?.[0]);
  expect(state).toEqual([last, last, STATES]);
  const counts = await db.run('SELECT tx, count(*), sum(n) FROM log GROUP BY tx ORDER BY tx');
  expect(counts).toEqual(Array.from({ length: last }, (_, i) => [i + 1, ROWS, (ROWS * (ROWS - 1)) / 2]));
  return last;
}
