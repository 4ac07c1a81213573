import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * One measurement of one contender, in a process of its own.
 *
 * @typedef {object} Job
 * @property {string} bench
 * @property {string} contender
 * @property {string} placement
 * @property {readonly string[]} command The program and its arguments, after `node`.
 */

/** @typedef {Record<string, Record<string, number>>} Figures By measure, then by what was measured. */
/** @typedef {Job & { round: number; figures: Figures; seconds: number }} Result */

/** Longer than any job takes, even on a slow machine: what hangs shall not hang the rest. */
const MOST_MS = 120_000;

/**
 * @param {Job} job
 * @param {number} round
 * @returns {Promise<Result>}
 */
export async function runJob(job, round) {
  const start = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, job.command, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: productionEnvironment(),
    timeout: MOST_MS,
    killSignal: 'SIGKILL',
  });
  return { ...job, round, figures: JSON.parse(stdout), seconds: (performance.now() - start) / 1000 };
}

/** Test mode checks what it should not cost to check, and a broker of the user's is not ours to load. */
function productionEnvironment() {
  const { EASYNC_CHECK: _check, EASYNC_SOCKET: _socket, ...env } = process.env;
  return env;
}
