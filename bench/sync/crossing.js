// Two processes wake each other in turns, in one way and placement: prints its figures as JSON. Started by sync.js.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pin } from '../support/placement.js';
import { cpuMicros } from '../support/processes.js';
import { percentile } from '../support/stats.js';
import { openSide, prepareSides } from './sides.js';

/** Until the engine knows them, and then. */
const WARM = 10_000;
const TURNS = 3000;

const [way = '', placement = '', given = ''] = process.argv.slice(2);
if (given === '') process.stdout.write(JSON.stringify({ ms: await measure() }));
else await other(given);

async function measure() {
  const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
  const sides = await prepareSides(way, directory);
  const child = fork(fileURLToPath(import.meta.url), [way, placement, directory], { execArgv: process.execArgv });
  const side = await sides.open();
  await once(child, 'message');
  const others = [Number(child.pid), ...sides.pids];
  pin(/** @type {import('../support/placement.js').Placement} */ (placement), process.pid, others);
  const answer = once(child, 'message');
  const pids = [process.pid, ...others];
  const [begun, ended, woke] = [times(), times(), times()];
  let before = 0;
  for (let i = 0; i < WARM + TURNS; i++) {
    if (i === WARM) before = cpuMicros(pids);
    begun[i] = now();
    await side.prepare();
    woke[i] = now();
    side.wake();
    await side.asleep();
    ended[i] = now();
  }
  const cpu = (cpuMicros(pids) - before) / TURNS / 2;
  const [went] = /** @type {[number[]]} */ (await answer);
  await once(child, 'exit');
  await side.close();
  await sides.close();
  rmSync(directory, { recursive: true, force: true });
  const turns = measured((i) => ((ended[i] ?? 0) - (begun[i] ?? 0)) / 2);
  const ways = measured((i) => (went[i] ?? 0) - (woke[i] ?? 0));
  return { turn: percentile(turns, 50), late: percentile(turns, 99), way: percentile(ways, 50), cpu };
}

/** The other process. @param {string} directory */
async function other(directory) {
  const side = await openSide(way, directory);
  const went = times();
  await side.prepare();
  process.send?.('ready');
  for (let i = 0; i < WARM + TURNS; i++) {
    await side.asleep();
    went[i] = now();
    await side.prepare();
    side.wake();
  }
  process.send?.([...went]);
  await side.close();
  process.disconnect();
}

function times() {
  return new Float64Array(WARM + TURNS);
}

/** Of the machine's one clock, in microseconds. */
function now() {
  return Number(process.hrtime.bigint()) / 1000;
}

/** Sorted, without those before the engine knew. @param {(i: number) => number} timeOf */
function measured(timeOf) {
  return Float64Array.from({ length: TURNS }, (_, i) => timeOf(WARM + i)).sort();
}
