// How long until another task sees what one has written, in one way, in a fresh process: prints its figures as JSON. Started by memory.js.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startBare } from '../contenders/bare.js';
import { percentile } from '../support/stats.js';
import { PAGE } from './page.js';
import { mapped, startWorld } from './world.js';
import { answerAll, askAll } from './turns.js';

const [way = '', role = ''] = process.argv.slice(2);
/** Of one task, and of the other: each writes to a page of its own. */
const PAGES = { size: 2 * PAGE };

if (role === 'mirror') await mirror();
else
  process.stdout.write(JSON.stringify({ ms: { hop: way.startsWith('socket') ? await bySocket() : await byMemory() } }));

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
  return percentile(times.slice(1000).sort(), 50);
}

async function byMemory() {
  const brokers = way.startsWith('another') ? ['east', 'west'] : ['east'];
  const world = await startWorld(way, { brokers, pager: new URL('pager.js', import.meta.url), options: PAGES });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const other = fork(fileURLToPath(import.meta.url), [way, 'mirror'], { execArgv: process.execArgv });
  const region = await mapped(system, 'memory', PAGES.size);
  await once(other, 'message');
  const times = await askAll(region, way.startsWith('another') ? 400 : 5000);
  await once(other, 'exit');
  await world.close();
  return percentile(times.slice(times.length / 5).sort(), 50);
}

/** The other task. */
async function mirror() {
  const { boot } = await import('../support/easync.js');
  const system = await boot({ broker: way.startsWith('another') ? 'west' : 'east', check: false });
  const region = await mapped(system, 'memory', PAGES.size);
  process.send?.('ready');
  await answerAll(region);
  await system.dispose();
  process.disconnect();
}
