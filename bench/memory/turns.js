import { PAGE } from './page.js';

/** @typedef {import('../support/easync.js').Region} Region */

const LAST = 0xffff_ffff;
/** Looks, before others of this process get a turn. */
const LOOKS = 1000;

/**
 * Writes a number, and waits until the other one has written the same. Answers what half of that took each time, in microseconds.
 *
 * @param {Region} region
 * @param {number} turns
 */
export async function askAll(region, turns) {
  const times = new Float64Array(turns);
  for (let turn = 1; turn <= turns; turn++) {
    const start = performance.now();
    await writeNumber(region, 0, turn);
    await seen(region, PAGE, (value) => value === turn);
    times[turn - 1] = ((performance.now() - start) * 1000) / 2;
  }
  await writeNumber(region, 0, LAST);
  return times;
}

/**
 * The other one: repeats every number.
 *
 * @param {Region} region
 */
export async function answerAll(region) {
  for (let last = 0; last !== LAST; await writeNumber(region, PAGE, last)) {
    const before = last;
    last = await seen(region, 0, (value) => value !== before);
  }
}

/**
 * Looks until it is there.
 *
 * @param {Region} region
 * @param {number} offset
 * @param {(value: number) => boolean} isIt
 */
async function seen(region, offset, isIt) {
  const bytes = Buffer.alloc(4);
  for (let looks = 1; ; looks++) {
    const waits = region.readInto(offset, bytes);
    if (waits !== undefined) await waits;
    const value = bytes.readUInt32LE();
    if (isIt(value)) return value;
    if (looks % LOOKS === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * @param {Region} region
 * @param {number} offset
 * @param {number} value
 */
export async function writeNumber(region, offset, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  const waits = region.write(offset, bytes);
  if (waits !== undefined) await waits;
}
