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
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size; at += 1021) bytes[at] = at;
  const times = [];
  const start = performance.now();
  for (let i = 0; times.length < LEAST_ECHOES || performance.now() < start + WARM_MS + MEASURE_MS; i++) {
    bytes.writeUInt32LE(i, size - 8);
    const sent = performance.now();
    const back = await contender.echo(bytes);
    const ms = performance.now() - sent;
    check(bytes, back, i);
    if (i > 0 && performance.now() > start + WARM_MS / 2) times.push(ms);
  }
  times.sort((x, y) => x - y);
  return { rate: (2 * size) / ((times[times.length >> 1] ?? Number.NaN) / 1000) };
}

/**
 * Memory of its own, with the same bytes in it: all of them the first time, then samples.
 *
 * @param {Buffer} sent
 * @param {Uint8Array} back
 * @param {number} i
 */
function check(sent, back, i) {
  const same = i === 0 ? sent.equals(back) : sent.subarray(-64).equals(back.subarray(-64));
  if (back.length !== sent.length || !same) throw new Error(`echo ${i} of ${sent.length} bytes came back changed`);
  if (back.buffer === sent.buffer) throw new Error('the echo came back by reference');
}
