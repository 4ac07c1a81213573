import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** @typedef {{ turns: number; longest: number; stood: number }} Figures Times in milliseconds. */

/**
 * Locks, counts and unlocks for so long. Under the lock it notes who has it, in a file that both processes have: who counts wrong was
 * not alone.
 *
 * @param {import('./locks.js').Lock} lock
 * @param {string} path
 * @param {{ me: number; ms: number }} run
 * @returns {Promise<Figures>}
 */
export async function takeTurns({ lock, unlock }, path, { me, ms }) {
  const fd = openSync(path, 'r+');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [end, waits] = [performance.now() + ms, { longest: 0 }];
  delay.enable();
  let turns = 0;
  for (let start = performance.now(); start < end; start = performance.now()) {
    const held = await lock();
    waits.longest = Math.max(waits.longest, performance.now() - start);
    note(fd, me);
    turns += 1;
    await unlock(held);
  }
  delay.disable();
  closeSync(fd);
  return { turns, longest: waits.longest, stood: delay.max / 1e6 };
}

/** @param {string} path What both have noted: how many turns, and how often it was the other's. */
export function readTurns(path) {
  const fd = openSync(path, 'r');
  readSync(fd, noted, 0, noted.byteLength, 0);
  closeSync(fd);
  const [, turns = 0, changes = 0] = noted;
  return { turns, changes };
}

const noted = new Uint32Array(3);

/**
 * @param {number} fd
 * @param {number} me
 */
function note(fd, me) {
  readSync(fd, noted, 0, noted.byteLength, 0);
  const [last = 0, turns = 0, changes = 0] = noted;
  noted.set([me, turns + 1, last === me ? changes : changes + 1]);
  writeSync(fd, noted, 0, noted.byteLength, 0);
}
