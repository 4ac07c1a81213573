import { MEASURE_MS, WARM_MS } from './durations.js';

const LEAST_ECHOES = 3;

/**
 * A Buffer there and back, one at a time.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {number} size Bytes.
 * @returns {Promise<Record<string, number>>} Bytes a second, counted both ways, of the median round trip.
 */
export async function echo(contender, size) {
  const bytes = pattern(size);
  return measured(size, async (i) => {
    bytes.writeUInt32LE(i, size - 8);
    const sent = performance.now();
    const back = await contender.echo(bytes);
    const ms = performance.now() - sent;
    check(bytes, back, i);
    if (back.buffer === bytes.buffer) throw new Error('the echo came back by reference');
    return ms;
  });
}

/**
 * The same memory to and fro, given away each time. No figures for a contender that cannot do that.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {number} size Bytes.
 * @returns {Promise<Record<string, number>>} As `echo`.
 */
export async function moved(contender, size) {
  const { moved: send } = contender;
  if (send === undefined) return {};
  const wanted = pattern(size);
  let bytes = Uint8Array.from(wanted);
  return measured(size, async (i) => {
    wanted.writeUInt32LE(i, size - 8);
    bytes.set(wanted.subarray(-8), size - 8);
    const start = performance.now();
    const given = bytes;
    bytes = await send(bytes);
    const ms = performance.now() - start;
    check(wanted, bytes, i);
    if (given.length > 0) throw new Error('the memory was not given away');
    return ms;
  });
}

/**
 * @param {number} size
 * @param {(i: number) => Promise<number>} roundTrip Answers how many milliseconds it took.
 * @returns {Promise<Record<string, number>>}
 */
async function measured(size, roundTrip) {
  const times = [];
  const start = performance.now();
  for (let i = 0; times.length < LEAST_ECHOES || performance.now() < start + WARM_MS + MEASURE_MS; i++) {
    const ms = await roundTrip(i);
    if (i > 0 && performance.now() > start + WARM_MS / 2) times.push(ms);
  }
  times.sort((x, y) => x - y);
  return { rate: (2 * size) / ((times[times.length >> 1] ?? Number.NaN) / 1000) };
}

/** @param {number} size */
function pattern(size) {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size; at += 1021) bytes[at] = at;
  return bytes;
}

/**
 * The same bytes: all of them the first time, then samples.
 *
 * @param {Buffer} sent
 * @param {Uint8Array} back
 * @param {number} i
 */
function check(sent, back, i) {
  const same = i === 0 ? sent.equals(back) : sent.subarray(-64).equals(back.subarray(-64));
  if (back.length !== sent.length || !same) throw new Error(`echo ${i} of ${sent.length} bytes came back changed`);
}
