import { runJob } from './job.js';
import { spread } from './stats.js';

/**
 * Runs `program` once a round for each way, in a process of its own. Answers what becomes of a figure over the rounds.
 *
 * @param {{ bench: string; ways: readonly string[]; rounds: number; program: string; dir: string }} plan
 * @returns {Promise<(way: string, figure: string) => import('./stats.js').Spread | undefined>}
 */
export async function runWays({ bench, ways, rounds, program, dir }) {
  /** @type {Map<string, Record<string, number>[]>} */
  const figures = new Map(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another one: none always follows the same neighbour's mess.
    const turn = round % ways.length;
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)]) {
      const result = await runJob({ bench, contender: way, placement: '', command: [program, way, dir] }, round);
      figures.get(way)?.push(result.figures['ms'] ?? {});
    }
  }
  return (way, figure) => spread((figures.get(way) ?? []).flatMap((one) => one[figure] ?? []));
}
