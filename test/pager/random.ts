import { seededRandom } from '../../src/host/seeded-random.ts';
import type { Random } from '../../src/host/seeded-random.ts';

export { seededRandom, type Random };

export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
}
