// The tour's own work, a tree read and hashed by four readers, on node:fs and through hostfs in each placement.
// By itself: node bench/tour.js [--rounds N] [--dir DIR]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runJob } from './support/job.js';
import { build } from './support/prepare.js';
import { spread } from './support/stats.js';
import { shown, table, times } from './support/table.js';

/** The first two are what the others are measured against: calls that block, and calls that are awaited. */
const WAYS = ['node:fs', 'node:fs/promises', 'inline', 'thread', 'process'];
/** The same files for everybody: of the package that the lock file names. */
const TREE = fileURLToPath(new URL('../node_modules/zod', import.meta.url));

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, dir: { type: 'string', default: TREE } },
});
build();
/** @type {Map<string, Record<string, number>[]>} */
const figures = new Map(WAYS.map((way) => [way, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  const turn = round % WAYS.length;
  for (const way of [...WAYS.slice(turn), ...WAYS.slice(0, turn)]) {
    const command = ['tour/workload.js', way, values.dir];
    const result = await runJob({ bench: 'tour', contender: way, placement: '', command }, round);
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

const rows = WAYS.map((way) => [
  way,
  ...['wall', 'cpu'].flatMap((clock) => [
    shown(of(way, clock)),
    times(of(way, clock), of('node:fs', clock)),
    times(of(way, clock), of('node:fs/promises', clock)),
  ]),
]);
const head = ['wall ms', 'against fs', 'against fs/promises', 'CPU ms', 'against fs', 'against fs/promises'];
process.stdout.write(table(`The tour of ${of('node:fs', 'files')?.median} files, warm`, ['way', ...head], rows));
