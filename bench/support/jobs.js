import { CONTENDERS } from '../contenders/contender.js';

/** @typedef {import('./job.js').Job} Job */

export const INLINE_WAYS = ['plain method', 'easync inline', 'plain async method, awaited', 'easync inline, awaited'];

/** Everything is measured where the scheduler puts it; what depends on the place alone, pinned too. */
const PINNED_MEASURES = ['round trip', 'in flight'];
const MEASURES = [...PINNED_MEASURES, 'one-way', 'echo 1 MiB', 'echo 16 MiB', 'moved 1 MiB', 'moved 16 MiB'];

/**
 * One round's jobs.
 *
 * @param {readonly import('./placement.js').Placement[]} placements
 * @param {readonly string[]} only Names of benchmarks and contenders; none for all.
 * @returns {Job[]}
 */
export function jobsOf(placements, only) {
  const jobs = [
    ...INLINE_WAYS.map((way) => job('inline', way, '', ['--expose-gc', 'inline.js', way])),
    ...placements.flatMap((placement) =>
      Object.keys(CONTENDERS).map((name) =>
        job('crossing', name, placement, [
          'crossing.js',
          name,
          placement,
          ...(placement === 'unpinned' ? MEASURES : PINNED_MEASURES),
        ]),
      ),
    ),
    job('idle', 'easync', '', ['idle.js']),
  ];
  for (const name of only) {
    if (!jobs.some((known) => names(known, name)))
      throw new Error(`--only ${name}: there is no such benchmark or contender`);
  }
  return only.length === 0 ? jobs : jobs.filter((known) => only.some((name) => names(known, name)));
}

/**
 * @param {Job} known
 * @param {string} name
 */
function names(known, name) {
  return known.bench === name || (known.bench === 'crossing' && known.contender === name);
}

/**
 * @param {string} bench
 * @param {string} contender
 * @param {string} placement
 * @param {string[]} command
 * @returns {Job}
 */
function job(bench, contender, placement, command) {
  return { bench, contender, placement, command };
}
