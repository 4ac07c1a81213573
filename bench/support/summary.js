import { spread } from './stats.js';

/** @typedef {import('./stats.js').Spread} Spread */

/** What all rounds together say. */
export class Summary {
  /** @param {readonly import('./job.js').Result[]} results */
  constructor(results) {
    this.results = results;
  }

  /**
   * @param {{ bench: string; contender: string; placement?: string; measure: string; figure: string }} which
   * @returns {Spread | undefined} `undefined` if it was not measured.
   */
  of({ bench, contender, placement = '', measure, figure }) {
    const values = this.results
      .filter((result) => result.bench === bench && result.contender === contender && result.placement === placement)
      .flatMap((result) => result.figures[measure]?.[figure] ?? []);
    return spread(values);
  }
}
