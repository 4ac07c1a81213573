import { cpuMicros } from '../support/processes.js';
import { MEASURE_MS, WARM_MS } from './durations.js';

const WINDOW = 1024;

/**
 * One-way messages in windows of 1,024, two in flight; the clock stops when the receiver has counted all of them.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @returns {Promise<Record<string, number>>} Messages a second; CPU time of all processes per message, in microseconds.
 */
export async function oneWay(contender) {
  await repeat(contender, WARM_MS);
  const pids = [process.pid, ...contender.others];
  const cpu = cpuMicros(pids);
  const { messages, seconds } = await repeat(contender, MEASURE_MS);
  return { rate: messages / seconds, cpu: (cpuMicros(pids) - cpu) / messages };
}

/**
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {number} ms
 */
async function repeat(contender, ms) {
  let expected = await contender.posted();
  const before = expected;
  const start = performance.now();
  /** @type {Promise<void> | undefined} */
  let previous;
  while (performance.now() < start + ms) {
    expected += WINDOW;
    const current = post(contender, expected);
    await previous;
    previous = current;
  }
  await previous;
  return { messages: expected - before, seconds: (performance.now() - start) / 1000 };
}

/**
 * Sends one window. Messages keep their order, so the last one's acceptance and the count behind it speak for all.
 *
 * @param {import('../contenders/contender.js').Contender} contender
 * @param {number} expected
 */
async function post(contender, expected) {
  let accepted;
  for (let i = 0; i < WINDOW; i++) accepted = contender.post(i);
  const counted = await contender.posted();
  await accepted;
  if (counted !== expected) throw new Error(`the receiver has counted ${counted} messages of ${expected}`);
}
