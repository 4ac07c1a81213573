// A lock inside one process: Lockmgr beside async-mutex, alone and contended. By itself: node bench/lockmgr.js [--rounds N]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { prepare } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
prepare();
const rounds = Number(values.rounds);
process.stdout.write(
  `rounds: ${rounds}, median (least–greatest round). ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}.\n\n`,
);

const [OWN, MUTEX, SEMAPHORE] = ['easync Lockmgr', 'async-mutex Mutex', 'async-mutex Semaphore'];
const of = await runWays({
  bench: 'lockmgr',
  ways: [OWN, MUTEX, SEMAPHORE],
  rounds,
  program: 'lockmgr/way.js',
  dir: '',
});

/** @type {readonly [string, string][]} What is measured, and what it is measured against. */
const ROWS = [
  ['exclusive, alone, not awaited', MUTEX],
  ['exclusive, alone, awaited', MUTEX],
  ['shared, alone, not awaited', SEMAPHORE],
  ['shared, alone, awaited', SEMAPHORE],
  ['try, had', MUTEX],
  ['try, refused', MUTEX],
  ['exclusive, 64 want it all the time', MUTEX],
  ['shared, 64 want it, 1 of 16 exclusively', SEMAPHORE],
];
const rows = ROWS.map(([what, base]) => [
  what,
  ...[OWN, MUTEX, SEMAPHORE].map((way) => shown(of(way, what))),
  times(of(OWN, what), of(base, what)),
]);
process.stdout.write(`${table('Taken and released: ns', ['', OWN, MUTEX, SEMAPHORE, 'Lockmgr against it'], rows)}\n`);
