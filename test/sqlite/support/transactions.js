// Transaction n adds `ROWS` rows to the log and sets every row of the state to n: half of one shows in either.

export const ROWS = 20;
export const STATES = 60;

/** So little cache that a transaction's pages are written to the database long before it commits. */
const SETTINGS = 'PRAGMA page_size=1024; PRAGMA cache_size=8; PRAGMA synchronous=FULL;';

export async function prepare(db) {
  await db.run(SETTINGS);
  await db.run('CREATE TABLE IF NOT EXISTS log (tx INTEGER, n INTEGER, text TEXT)');
  await db.run('CREATE TABLE IF NOT EXISTS state (k INTEGER PRIMARY KEY, tx INTEGER, text TEXT)');
  const numbers = `WITH RECURSIVE k(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM k WHERE k < ${STATES})`;
  await db.run(`${numbers} INSERT OR IGNORE INTO state SELECT k, 0, hex(zeroblob(150)) FROM k`);
}

export async function transact(db, tx) {
  await db.run('BEGIN IMMEDIATE');
  const rows = Array.from({ length: ROWS }, (_, n) => [tx, n, `row ${n} of transaction ${tx} `.repeat(8)]);
  await db.run('INSERT INTO log VALUES (?, ?, ?)', ...rows);
  await db.run('UPDATE state SET tx = ?', [tx]);
  await db.run('COMMIT');
}
