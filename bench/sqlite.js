// SQLite's own workload on node:fs and on our block driver in each placement. By itself: node bench/sqlite.js [--rounds N] [--dir DIR]
import { cpus, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { runJob } from './support/job.js';
import { build } from './support/prepare.js';
import { spread } from './support/stats.js';
import { shown, table, times } from './support/table.js';

/** The first is what the others are measured against. */
const WAYS = ['node:fs, same layout', 'node:fs, a file each', 'inline', 'thread', 'process'];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, dir: { type: 'string', default: tmpdir() } },
});
build();
/** @type {Map<string, Record<string, number>[]>} */
const figures = new Map(WAYS.map((way) => [way, []]));
const rounds = Number(values.rounds);
for (let round = 0; round < rounds; round++) {
  // Each round starts with another one: none always follows the same neighbour's mess.
  const turn = round % WAYS.length;
  for (const way of [...WAYS.slice(turn), ...WAYS.slice(0, turn)]) {
    const command = ['sqlite/workload.js', way, values.dir];
    const result = await runJob({ bench: 'sqlite', contender: way, placement: '', command }, round);
    figures.get(way)?.push(result.figures['ms'] ?? {});
  }
}

/**
 * @param {string} way
 * @param {string} figure
 */
function of(way, figure) {
  return spread((figures.get(way) ?? []).flatMap((one) => one[figure] ?? []));
}

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
