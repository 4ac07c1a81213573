// One contender, in one placement, in a fresh process: prints its figures as JSON. Started by run.js.
import { CONTENDERS } from './contenders/contender.js';
import { echo, moved } from './measure/echo.js';
import { inFlight } from './measure/in-flight.js';
import { oneWay } from './measure/one-way.js';
import { roundTrip } from './measure/round-trip.js';
import { othersLoad } from './support/processes.js';
import { pin } from './support/placement.js';

/** @type {Record<string, (contender: import('./contenders/contender.js').Contender) => Promise<Record<string, number>>>} */
const MEASURES = {
  'round trip': roundTrip,
  'in flight': inFlight,
  'one-way': oneWay,
  'echo 1 MiB': (contender) => echo(contender, 2 ** 20),
  'echo 16 MiB': (contender) => echo(contender, 2 ** 24),
  'moved 1 MiB': (contender) => moved(contender, 2 ** 20),
  'moved 16 MiB': (contender) => moved(contender, 2 ** 24),
};

const [name = '', placement = '', ...measures] = process.argv.slice(2);
const { start } = (await CONTENDERS[name]?.start()) ?? unknown(name);
const contender = await start();
pin(/** @type {import('./support/placement.js').Placement} */ (placement), process.pid, contender.others);
/** @type {Record<string, Record<string, number>>} */
const figures = {};
const load = othersLoad([process.pid, ...contender.others]);
for (const measure of measures) figures[measure] = await (MEASURES[measure] ?? unknown(measure))(contender);
figures['other load'] = { cores: load() };
await contender.close();
process.stdout.write(JSON.stringify(figures));

/**
 * @param {string} what
 * @returns {never}
 */
function unknown(what) {
  throw new Error(`there is no contender or measure '${what}'`);
}
