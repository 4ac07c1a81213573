import { cpuMicros } from '../support/processes.js';
import { MEASURE_MS, WARM_MS } from './durations.js';

const LOOPS = 64;

/**
 * 64 loops that each await their call.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @returns {Promise<Record<string, number>>} Calls a second; CPU time of all processes per call, in microseconds.
 */
export async function inFlight(contender) {
  await repeat(contender, WARM_MS);
  const pids = [process.pid, ...contender.others];
  const cpu = cpuMicros(pids);
  const { calls, seconds } = await repeat(contender, MEASURE_MS);
  return { rate: calls / seconds, cpu: (cpuMicros(pids) - cpu) / calls };
}

/**
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {number} ms
 */
async function repeat(contender, ms) {
  const start = performance.now();
  const end = start + ms;
  let calls = 0;
  const loop = async () => {
    while (performance.now() < end) await contender.call(calls++);
  };
  await Promise.all(Array.from({ length: LOOPS }, loop));
  return { calls, seconds: (performance.now() - start) / 1000 };
}
