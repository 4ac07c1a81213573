import type { Parameters } from 'fast-check';

/**
 * How often a property is tried: so many times, and as many times more as EASYNC_FUZZ_RUNS says. A failure prints its seed;
 * EASYNC_SEED repeats it.
 */
export function runs<T>(times: number): Parameters<T> {
  const seed = process.env['EASYNC_SEED'];
  return {
    numRuns: times * Number(process.env['EASYNC_FUZZ_RUNS'] ?? 1),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** The same for one that takes real processes or sockets: looking for a smaller failure would take too long, and it may hang. */
export function slowRuns<T>(times: number): Parameters<T> {
  return { ...runs<T>(times), endOnFailure: true, timeout: HANGS_MS };
}

/** A run that is not over by then hangs. */
const HANGS_MS = 30_000;
