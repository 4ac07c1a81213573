import { spread } from '../support/stats.js';

const BATCH = 5_000;
const WARM_BATCHES = 20;
const BATCHES = 50;

/**
 * Nanoseconds each takes: the median batch, once the engine knows them.
 *
 * @param {(count: number) => unknown} many
 */
export async function nanosOf(many) {
  const times = [];
  for (let batch = 0; batch < WARM_BATCHES + BATCHES; batch++) {
    const start = performance.now();
    const left = many(BATCH);
    if (left !== undefined) await left;
    if (batch >= WARM_BATCHES) times.push(((performance.now() - start) * 1e6) / BATCH);
  }
  return spread(times)?.median ?? Number.NaN;
}
