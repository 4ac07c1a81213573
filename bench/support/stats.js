/** @typedef {{ median: number; min: number; max: number; rounds: number }} Spread */

/**
 * Over rounds: the median, and how far the rounds lie apart.
 *
 * @param {readonly number[]} values
 * @returns {Spread | undefined} `undefined` for no values.
 */
export function spread(values) {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((x, y) => x - y);
  const at = (/** @type {number} */ i) => sorted[i] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    rounds: sorted.length,
  };
}

/**
 * Nearest rank, of numbers that are sorted.
 *
 * @param {Float64Array} sorted
 * @param {number} rank 0…100
 */
export function percentile(sorted, rank) {
  return sorted[Math.max(Math.ceil((rank / 100) * sorted.length) - 1, 0)] ?? Number.NaN;
}
