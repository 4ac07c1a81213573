// SQLite's own workload on node:fs and on our block driver in each placement. By itself: node bench/sqlite.js [--rounds N] [--dir DIR]
import { cpus, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

/** The first is what the others are measured against. */
const WAYS = ['node:fs, same layout', 'node:fs, a file each', 'inline', 'thread', 'process'];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, dir: { type: 'string', default: tmpdir() } },
});
build();
const rounds = Number(values.rounds);
const of = await runWays({ bench: 'sqlite', ways: WAYS, rounds, program: 'sqlite/workload.js', dir: values.dir });

const base = WAYS[0] ?? '';
const rows = WAYS.map((way) => [
  way,
  shown(of(way, 'all')),
  times(of(way, 'all'), of(base, 'all')),
  ...['inserts', 'selects'].flatMap((part) => [shown(of(way, part)), times(of(way, part), of(base, part))]),
  shown(of(way, 'cpu')),
  String(of(way, 'calls')?.median),
]);
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${values.dir}`;
process.stdout.write(`rounds: ${rounds}, milliseconds, median (least–greatest round). ${machine}.\n\n`);
process.stdout.write(
  table(
    'SQLite: 5,000 inserts in 50 transactions, 5,000 selects by index',
    [
      'way',
      'all',
      'against fs',
      'inserts',
      'against fs',
      'selects',
      'against fs',
      'CPU of this process',
      'device calls',
    ],
    rows,
  ),
);
