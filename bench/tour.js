// The tour's own work, a tree read and hashed by four readers, on node:fs and through hostfs in each placement.
// By itself: node bench/tour.js [--rounds N] [--dir DIR]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

/** The first two are what the others are measured against: calls that block, and calls that are awaited. */
const WAYS = ['node:fs', 'node:fs/promises', 'inline', 'thread', 'process'];
/** The same files for everybody: of the package that the lock file names. */
const TREE = fileURLToPath(new URL('../node_modules/zod', import.meta.url));

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, dir: { type: 'string', default: TREE } },
});
build();
const of = await runWays({
  bench: 'tour',
  ways: WAYS,
  rounds: Number(values.rounds),
  program: 'tour/workload.js',
  dir: values.dir,
});

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
