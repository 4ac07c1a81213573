// Futexes: what a lock takes that nobody else wants, and one that two processes want all the time, against files and redis.
// By itself: node bench/futex.js [--rounds N] [--only alone|contend]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { hasRedis } from './futex/redis.js';
import { prepare } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } },
});
prepare();
const rounds = Number(values.rounds);
const redis = hasRedis() ? ['redis'] : [];
process.stdout.write(
  `rounds: ${rounds}, median (least–greatest round). ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}.\n`,
);
if (redis.length === 0) process.stdout.write('Not measured: redis, as there is no redis-server on this machine.\n');
process.stdout.write('\n');
if (wanted('alone')) await alone();
if (wanted('contend')) await contend();

async function alone() {
  const easync = ['easync, with koffi', 'easync, without koffi', 'easync, Part II only'];
  const ways = [...easync, 'flock (fs-ext)', 'proper-lockfile', ...redis];
  const of = await runWays({ bench: 'alone', ways, rounds, program: 'futex/alone.js', dir: '' });
  const rows = ways.map((way) => [
    way,
    ...['sync', 'awaited'].flatMap((how) => [shown(of(way, how)), shown(of(way, `${how} ratio`))]),
    shown(of(way, 'frames')),
  ]);
  const against = '× Atomics';
  const head = ['not awaited', against, 'awaited', against, 'messages'];
  process.stdout.write(`${table('Lock and unlock, nobody else wants it: ns', ['way', ...head], rows)}\n`);
}

async function contend() {
  const easync = ['one broker', 'one broker, without koffi', 'two brokers', 'two brokers, Part II only'];
  const FLOCK = 'flock (fs-ext)';
  const others = [FLOCK, 'flockSync (fs-ext)', 'proper-lockfile', ...redis];
  const ways = [...easync.map((where) => `easync, ${where}`), ...others];
  const of = await runWays({ bench: 'contend', ways, rounds, program: 'futex/contend.js', dir: '' });
  const rows = ways.map((way) => [
    way,
    shown(of(way, 'turns')),
    times(of(way, 'turns'), of(FLOCK, 'turns')),
    ...['share', 'changes', 'longest', 'stood'].map((figure) => shown(of(way, figure))),
  ]);
  const head = ['locks/s', '× flock', '% of who got less', 'turns/s', 'longest wait, ms', 'loop stood, ms'];
  process.stdout.write(`${table('Two processes that want it all the time', ['way', ...head], rows)}\n`);
}

/** @param {string} part */
function wanted(part) {
  return values.only === undefined || values.only === part;
}
