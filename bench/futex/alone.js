// Lock and unlock while nobody else wants it, in one way, in a fresh process: prints its figures as JSON. Started by futex.js.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile } from '../support/stats.js';
import { prepareLock } from './locks.js';

/** In turns with bare `Atomics`, the median of each: most turns are shorter than what the machine gives to something else at once. */
const TURNS = 500;
const TURN_MS = 1;
const WARM_MS = 100;

const [way = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
const { lock, unlock, lockSync, unlockSync, frames, close } = await prepareLock(way, directory);
const word = new Int32Array(new SharedArrayBuffer(4));
/** @type {Record<string, number>} */
const figures = {};

if (lockSync !== undefined && unlockSync !== undefined) {
  await inTurns('sync', bare, (count) => {
    for (let i = 0; i < count; i++) unlockSync(lockSync());
  });
}
await inTurns('awaited', bareAwaited, async (count) => {
  for (let i = 0; i < count; i++) await unlock(await lock());
});
if (frames !== undefined) {
  const LOCKS = 100;
  const count = await frames(async () => {
    for (let i = 0; i < LOCKS; i++) await unlock(await lock());
  });
  figures['frames'] = count / LOCKS;
}
await close();
rmSync(directory, { recursive: true });
process.stdout.write(JSON.stringify({ ms: figures }));

/** @param {number} count */
function bare(count) {
  for (let i = 0; i < count; i++) {
    if (Atomics.compareExchange(word, 0, 0, 1) !== 0) throw new Error('nobody has it');
    Atomics.store(word, 0, 0);
  }
}

/** @param {number} count */
async function bareAwaited(count) {
  for (let i = 0; i < count; i++) {
    if ((await Atomics.compareExchange(word, 0, 0, 1)) !== 0) throw new Error('nobody has it');
    await Atomics.store(word, 0, 0);
  }
}

/**
 * Nanoseconds each takes.
 *
 * @param {string} name
 * @param {(count: number) => unknown} base
 * @param {(count: number) => unknown} own
 */
async function inTurns(name, base, own) {
  const [ofBase, ofOwn] = [await countFor(base), await countFor(own)];
  const [baseNs, ownNs] = [new Float64Array(TURNS), new Float64Array(TURNS)];
  for (let turn = 0; turn < TURNS; turn++) {
    baseNs[turn] = ((await timed(base, ofBase)) * 1e6) / ofBase;
    ownNs[turn] = ((await timed(own, ofOwn)) * 1e6) / ofOwn;
  }
  const figure = percentile(ownNs.sort(), 50);
  figures[name] = figure;
  figures[`${name} ratio`] = figure / percentile(baseNs.sort(), 50);
}

/**
 * How many take a turn, once the engine knows them.
 *
 * @param {(count: number) => unknown} fn
 */
async function countFor(fn) {
  let count = 1;
  for (let ms = 0; ms < WARM_MS; count *= 2) ms = await timed(fn, count);
  const ms = await timed(fn, count);
  return Math.ceil((count * TURN_MS) / ms);
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
