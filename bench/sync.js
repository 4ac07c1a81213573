// Sleep and wakeup: what a wakeup takes that wakes nobody, a sleeper of this thread, and one of another process.
// By itself: node bench/sync.js [--rounds N] [--only nobody|local|crossing]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { possiblePlacements } from './support/placement.js';
import { build } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } },
});
build();
const rounds = Number(values.rounds);
const { placements, missing } = possiblePlacements();
process.stdout.write(
  `rounds: ${rounds}, median (least–greatest round). ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}.\n`,
);
if (missing.length > 0) process.stdout.write(`Not measured: ${missing.join('; ')}.\n`);
process.stdout.write('\n');
if (wanted('nobody')) await nobody();
if (wanted('local')) await local();
if (wanted('crossing')) for (const placement of placements) await crossing(placement);

async function nobody() {
  const EMIT = 'EventEmitter.emit without a listener';
  const shared = ['wakeup, shared, with koffi', 'wakeup, shared, without koffi'];
  const ways = [EMIT, 'Map.get', 'wakeup, of this thread', ...shared];
  const of = await runWays({ bench: 'nobody', ways, rounds, program: 'sync/nobody.js', dir: '' });
  const rows = ways.map((way) => [way, shown(of(way, 'ns')), times(of(way, 'ns'), of(EMIT, 'ns'))]);
  process.stdout.write(`${table('A wakeup, and nobody sleeps: ns', ['way', 'each', '× emit'], rows)}\n`);
}

async function local() {
  const ONCE = 'once of node:events, emit, awaited';
  const ways = [ONCE, 'a promise, resolved, awaited', 'prepare, wakeup, sleep', 'prepare, sleep, wakeup'];
  const of = await runWays({ bench: 'local', ways, rounds, program: 'sync/local.js', dir: '' });
  const rows = ways.map((way) => [way, shown(of(way, 'ns')), times(of(way, 'ns'), of(ONCE, 'ns'))]);
  process.stdout.write(`${table('A sleep of this thread, and its wakeup: ns', ['way', 'each', '× once'], rows)}\n`);
}

/** @param {import('./support/placement.js').Placement} placement */
async function crossing(placement) {
  const SOCKET = 'socket, 1 byte';
  const ways = [SOCKET, 'easync, with koffi', 'easync, without koffi'];
  const of = await runWays({ bench: 'crossing', ways, rounds, program: 'sync/crossing.js', dir: placement });
  const rows = ways.map((way) => [
    way,
    ...['turn', 'way'].flatMap((what) => [shown(of(way, what)), times(of(way, what), of(SOCKET, what))]),
    shown(of(way, 'late')),
    shown(of(way, 'cpu')),
  ]);
  const against = '× socket';
  const head = ['prepare, wake, go on', against, 'wake, go on', against, 'p99', 'CPU, all processes'];
  process.stdout.write(`${table(`Another process is woken, ${placement}: p50, µs`, ['way', ...head], rows)}\n`);
}

/** @param {string} part */
function wanted(part) {
  return values.only === undefined || values.only === part;
}
