// One way of locking, in a fresh process: prints its figures as JSON. Started by lockmgr.js.
import { percentile } from '../support/stats.js';
import { LOCKS } from './locks.js';

/** The median of as many turns, each of about a millisecond: most are shorter than what the machine gives to something else at once. */
const TURNS = 300;
const TURN_MS = 1;
const WARM_MS = 100;
const FLOWS = 64;
const WRITERS_EVERY = 16;

const [way = ''] = process.argv.slice(2);
const make = LOCKS[way];
if (make === undefined) throw new Error(`no lock is called ${way}`);
/** @type {Record<string, number>} */
const figures = {};
const { exclusive, exclusiveInPlace, shared, sharedInPlace, tries } = make();

await measured('exclusive, alone, not awaited', exclusiveInPlace);
await measured('exclusive, alone, awaited', alone(exclusive));
await measured('shared, alone, not awaited', sharedInPlace);
await measured('shared, alone, awaited', alone(shared));
await measured('try, had', tries);
const held = await exclusive(0);
await measured('try, refused', tries);
held();
await measured(
  'exclusive, 64 want it all the time',
  contended(() => exclusive),
);
await measured(
  'shared, 64 want it, 1 of 16 exclusively',
  contended((flow) => (flow % WRITERS_EVERY === 0 ? exclusive : shared)),
);
process.stdout.write(JSON.stringify({ ms: figures }));

/** @param {import('./locks.js').Take | undefined} take */
function alone(take) {
  if (take === undefined) return undefined;
  return async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) (await take(0))();
  };
}

/**
 * Each flow waits for something while it has the lock, so that the others have to wait for it.
 *
 * @param {(flow: number) => import('./locks.js').Take | undefined} takeOf
 */
function contended(takeOf) {
  if (takeOf(1) === undefined) return undefined;
  return async (/** @type {number} */ count) => {
    let left = count;
    const flow = async (/** @type {number} */ number) => {
      const take = takeOf(number);
      while (left-- > 0) {
        const release = await take?.(number);
        await Promise.resolve();
        release?.();
      }
    };
    await Promise.all(Array.from({ length: FLOWS }, (_, number) => flow(number)));
  };
}

/**
 * Nanoseconds each takes.
 *
 * @param {string} name
 * @param {((count: number) => unknown) | undefined} fn
 */
async function measured(name, fn) {
  if (fn === undefined) return;
  const count = await countFor(fn);
  const turns = new Float64Array(TURNS);
  for (let turn = 0; turn < TURNS; turn++) turns[turn] = ((await timed(fn, count)) * 1e6) / count;
  figures[name] = percentile(turns.sort(), 50);
}

/**
 * How many take a turn, once the engine knows them.
 *
 * @param {(count: number) => unknown} fn
 */
async function countFor(fn) {
  let count = FLOWS;
  for (let ms = 0; ms < WARM_MS; count *= 2) ms = await timed(fn, count);
  return Math.max(FLOWS, Math.ceil((count * TURN_MS) / (await timed(fn, count))));
}

/**
 * @param {(count: number) => unknown} fn
 * @param {number} count
 */
async function timed(fn, count) {
  const start = performance.now();
  const promise = fn(count);
  if (promise !== undefined) await promise;
  return performance.now() - start;
}
