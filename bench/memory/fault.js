// What a page takes that is not here, in one way, in a fresh process: prints its figures as JSON. Started by memory.js.
import { startBare } from '../contenders/bare.js';
import { cpuMicros } from '../support/processes.js';
import { percentile } from '../support/stats.js';
import { checkPage, PAGE, scattered } from './page.js';
import { mapped, readInto, startWorld } from './world.js';

const PAGES = 24_000;
const WARM = 4000;
const COUNT = 3000;
const AGAIN = 100_000;

const [way = ''] = process.argv.slice(2);
const figures = way.startsWith('socket') ? await bySocket() : await byFaults();
process.stdout.write(JSON.stringify({ ms: figures }));

/** 4 KiB there and back. */
async function bySocket() {
  const contender = await startBare('bare-server', []);
  const bytes = Buffer.alloc(PAGE);
  const p50 = async (/** @type {number} */ count) => middleOf(count, () => contender.echo(bytes));
  await p50(WARM);
  const pids = [process.pid, ...contender.others];
  const before = cpuMicros(pids);
  const figure = await p50(COUNT);
  const cpu = (cpuMicros(pids) - before) / COUNT;
  await contender.close();
  return { read: figure, cpu };
}

async function byFaults() {
  const options = { size: PAGES * PAGE };
  const world = await startWorld(way, { pager: new URL('pager.js', import.meta.url), options, cachePages: PAGES });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const region = await mapped(system, 'memory', options.size);
  const target = new Uint8Array(PAGE);
  const word = new Uint8Array(8);
  let next = 0;
  const pageAt = (/** @type {number} */ i) => scattered(PAGES, i);
  const read = async () => {
    const page = pageAt(next++);
    await readInto(region, page * PAGE, target);
    checkPage(target, page);
  };
  const write = async () => region.write(pageAt(next++) * PAGE + 100, word);
  await middleOf(WARM, read);
  await middleOf(WARM, write);
  const first = next;
  const pids = [process.pid, ...world.pids];
  const before = cpuMicros(pids);
  const readP50 = await middleOf(COUNT, read);
  const cpu = (cpuMicros(pids) - before) / COUNT;
  const writeP50 = await middleOf(COUNT, write);
  next = first;
  const upgrade = await middleOf(COUNT, write);
  const start = performance.now();
  for (let i = 0; i < AGAIN; i++) {
    const page = pageAt(first + (i % COUNT));
    if (region.readInto(page * PAGE, target) !== undefined) throw new Error('it is here');
    checkPage(target, page);
  }
  const again = ((performance.now() - start) * 1000) / AGAIN;
  await world.close();
  return { read: readP50, cpu, write: writeP50, upgrade, again };
}

/**
 * Microseconds, p50.
 *
 * @param {number} count
 * @param {() => unknown} one
 */
async function middleOf(count, one) {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await one();
    times[i] = (performance.now() - start) * 1000;
  }
  return percentile(times.sort(), 50);
}
