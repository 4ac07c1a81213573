// A broker and a driver that nobody calls: prints what they cost as JSON. Started by run.js.
import { setTimeout as after } from 'node:timers/promises';
import { start } from './contenders/easync.js';
import { cpuMicros, residentMB } from './support/processes.js';

const SETTLE_MS = 1_000;
const WATCH_MS = 3_000;

const contender = await start();
const [broker = 0, driver = 0] = contender.others;
await contender.call(1);
await after(SETTLE_MS);
const before = [cpuMicros([broker]), cpuMicros([driver])];
await after(WATCH_MS);
const share = (/** @type {number} */ pid, /** @type {number} */ from) => (cpuMicros([pid]) - from) / (WATCH_MS * 10);
const figures = {
  broker: { cpu: share(broker, before[0] ?? 0), rss: residentMB(broker) },
  driver: { cpu: share(driver, before[1] ?? 0), rss: residentMB(driver) },
  client: { rss: residentMB(process.pid) },
};
await contender.close();
process.stdout.write(JSON.stringify(figures));
