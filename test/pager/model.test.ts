import { test } from 'vitest';
import { World } from './world.ts';

const WORLDS = Number(process.env['EASYNC_PAGER_WORLDS'] ?? 100);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);

test('three kernels, crossing messages, evictions, deaths, store errors: the rules hold at every step', () => {
  for (let seed = SEED; seed < SEED + WORLDS; seed += 1) {
    try {
      new World(seed, {}).run(400);
    } catch (error) {
      throw new Error(`EASYNC_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
});
