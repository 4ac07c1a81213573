// SQLite's workload in one way, in a fresh process: prints its figures as JSON. Started by sqlite.js.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../../examples/sqlite/database.js';
import { openVfs } from './ways.js';

const TRANSACTIONS = 50;
const INSERTS = 100;
const SELECTS = 5000;

const [way = '', parent = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(parent, 'easync-bench-'));
try {
  const { vfs, calls, close } = await openVfs(way, directory);
  const db = await Database.open(vfs);
  // EXTRA: a commit is on the medium, the end of its journal included, in every way alike.
  await db.run('PRAGMA page_size=4096; PRAGMA synchronous=EXTRA');
  // A tenth of the work comes first, on a table of its own, so that the engine knows the code.
  await workload(db, 'warm', TRANSACTIONS / 10, SELECTS / 10);
  const before = calls();
  const cpuBefore = process.cpuUsage();
  const ms = await workload(db, 'measured', TRANSACTIONS, SELECTS);
  const { user, system } = process.cpuUsage(cpuBefore);
  await db.close();
  await close();
  process.stdout.write(JSON.stringify({ ms: { ...ms, cpu: (user + system) / 1000, calls: calls() - before } }));
} finally {
  rmSync(directory, { recursive: true });
}

/**
 * @param {any} db
 * @param {string} name
 * @param {number} transactions
 * @param {number} selects
 */
async function workload(db, name, transactions, selects) {
  await db.run(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, word TEXT, n INTEGER)`);
  await db.run(`CREATE INDEX ${name}_word ON ${name} (word)`);
  const start = performance.now();
  for (let tx = 0; tx < transactions; tx++) {
    const rows = Array.from({ length: INSERTS }, (_, i) => rowOf(tx * INSERTS + i));
    await db.run('BEGIN');
    await db.run(`INSERT INTO ${name} VALUES (?, ?, ?)`, ...rows);
    await db.run('COMMIT');
  }
  const between = performance.now();
  const rows = transactions * INSERTS;
  const wanted = Array.from({ length: selects }, (_, i) => rowOf((i * 7919) % rows));
  const found = await db.run(`SELECT * FROM ${name} WHERE word = ?`, ...wanted.map(([, word]) => [word]));
  const end = performance.now();
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${way}: other rows than were inserted`);
  return { inserts: between - start, selects: end - between, all: end - start };
}

/** @param {number} id */
function rowOf(id) {
  return [id, `word ${(id * 7919) % 100_003} ${'x'.repeat(40)}`, id * 3];
}
