// How long until another task sees what one has written, in one way, in a fresh process: prints its figures as JSON. Started by memory.js.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startBare } from '../contenders/bare.js';
import { boot } from '../support/easync.js';
import { percentile } from '../support/stats.js';
import { PAGE } from './page.js';
import { answerAll, askAll, writeNumber } from './turns.js';
import { mapped, readInto, startWorld } from './world.js';

const [way = '', role = ''] = process.argv.slice(2);
/** Of one task, and of the other: each writes to a page of its own. */
const PAGES = { size: 2 * PAGE };
const PAGER = new URL('pager.js', import.meta.url);

if (role === 'mirror') await mirror();
else process.stdout.write(JSON.stringify({ ms: await figures() }));

/** @returns {Promise<Record<string, number>>} */
function figures() {
  if (way.startsWith('socket')) return bySocket();
  return way.startsWith('another') ? onAnotherBroker() : onTheSame();
}

async function bySocket() {
  const contender = await startBare('bare-server', []);
  const byte = Buffer.alloc(1);
  const times = new Float64Array(5000);
  for (let i = 0; i < times.length; i++) {
    const start = performance.now();
    await contender.echo(byte);
    times[i] = ((performance.now() - start) * 1000) / 2;
  }
  await contender.close();
  return { seen: middle(times) };
}

/** Two processes, each of which looks until it sees what the other has written: half of the time there and back. */
async function onTheSame() {
  const world = await startWorld(way, { pager: PAGER, options: PAGES });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const other = fork(fileURLToPath(import.meta.url), [way, 'mirror'], { execArgv: process.execArgv });
  const region = await mapped(system, 'memory', PAGES.size);
  await once(other, 'message');
  const times = await askAll(region, 5000);
  await once(other, 'exit');
  await world.close();
  return { seen: middle(times) };
}

/** The other process. */
async function mirror() {
  const system = await boot({ broker: 'east', check: false });
  const region = await mapped(system, 'memory', PAGES.size);
  process.send?.('ready');
  await answerAll(region);
  await system.dispose();
  process.disconnect();
}

/** Two tasks in this process, on two brokers: who looked all the time would only take their time away from brokers and pager. */
async function onAnotherBroker() {
  const world = await startWorld(way, { brokers: ['east', 'west'], pager: PAGER, options: PAGES });
  const regions = await Promise.all(world.systems.map((system) => mapped(system, 'memory', PAGES.size)));
  const [writer, reader] = regions;
  if (writer === undefined || reader === undefined) throw new Error('there are two brokers');
  const [written, seen] = [new Float64Array(1000), new Float64Array(1000)];
  const bytes = Buffer.alloc(4);
  for (let i = 0; i < seen.length; i++) {
    const start = performance.now();
    await writeNumber(writer, 0, i + 1);
    const between = performance.now();
    await readInto(reader, 0, bytes);
    written[i] = (between - start) * 1000;
    seen[i] = (performance.now() - between) * 1000;
    if (bytes.readUInt32LE() !== i + 1) throw new Error('that is not what was written');
  }
  await world.close();
  return { written: middle(written), seen: middle(seen) };
}

/** p50, without the first fifth. @param {Float64Array} times */
function middle(times) {
  return percentile(times.slice(times.length / 5).sort(), 50);
}
