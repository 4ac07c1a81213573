import { cpuMicros } from '../support/processes.js';
import { percentile } from '../support/stats.js';
import { MEASURE_MS, WARM_CALLS, WARM_LIMIT_MS } from './durations.js';

const COLD_CALLS = 500;
const MOST_CALLS = 200_000;

/**
 * One call at a time. `cold` is the median of the first 500 calls of all, before code is optimised.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @returns {Promise<Record<string, number>>} Microseconds.
 */
export async function roundTrip(contender) {
  const times = new Float64Array(MOST_CALLS);
  await repeat(contender, times, WARM_CALLS, WARM_LIMIT_MS);
  const cold = percentile(times.slice(0, COLD_CALLS).sort(), 50);
  const pids = [process.pid, ...contender.others];
  const cpu = cpuMicros(pids);
  const calls = await repeat(contender, times, MOST_CALLS, MEASURE_MS);
  const used = cpuMicros(pids) - cpu;
  const sorted = times.subarray(0, calls).sort();
  return { p50: percentile(sorted, 50), p99: percentile(sorted, 99), cpu: used / calls, cold };
}

/**
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {Float64Array} times Takes the time of each call, in microseconds.
 * @param {number} most Calls.
 * @param {number} ms
 */
async function repeat(contender, times, most, ms) {
  let now = performance.now();
  const end = now + ms;
  let i = 0;
  for (; now < end && i < most; i++) {
    await contender.call(i);
    const done = performance.now();
    times[i] = (done - now) * 1000;
    now = done;
  }
  return i;
}
