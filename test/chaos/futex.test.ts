import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/host/seeded-random.ts';
import { descendants } from '../support/processes.ts';
import { calm } from './futex/calm.ts';
import { futexEvents } from './futex/events.ts';
import { judgeFutexes } from './futex/judge.ts';
import { historyOf, openWorld, type Size } from './futex/world.ts';
import { close } from './memory/close.ts';

const SECONDS = Number(process.env['EASYNC_FUTEX_CHAOS_SECONDS'] ?? 2);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
/** After which everybody leaves, and the next begin anew. */
const ACT_SECONDS = 10;
const IS_SHORT = SECONDS <= 3;
const PAUSES = IS_SHORT ? 3 : 8;

test(
  `kill -9 and SIGSTOP of who has a futex, waits for it, keeps it and lends it, for ${SECONDS} s, from seed ${SEED}`,
  { timeout: 120_000 + SECONDS * 5_000 },
  async () => {
    const random = seededRandom(SEED);
    const others = descendants(process.pid);
    const tally = new Map<string, number>();
    const replay = `EASYNC_SEED=${SEED} EASYNC_FUTEX_CHAOS_SECONDS=${SECONDS} npx vitest run test/chaos/futex.test.ts`;
    const end = performance.now() + SECONDS * 1_000;
    for (let act = 0; performance.now() < end; act += 1) {
      const killsPager = act % 3 === 2;
      await using world = await openWorld(random, act === 0 ? SMALL : anySize(random));
      const rest = end - performance.now();
      for (const event of await futexEvents(world, Math.min(rest, ACT_SECONDS * 1_000), IS_SHORT))
        count(tally, [[event, 1]]);
      await calm(world, PAUSES, killsPager);
      const left = await close(world, others);
      const judged = judgeFutexes(historyOf(world));
      count(tally, judged.tally);
      const acted = `act ${act}, ${JSON.stringify(world.plan)}; to replay it: ${replay}`;
      expect(judged.faults.slice(0, 10), acted).toEqual([]);
      expect(left, acted).toEqual([]);
    }
    console.log(`seed ${SEED}: ${[...tally].map(([word, times]) => `${times} ${word}`).join(', ')}`);
  },
);

const SMALL: Size = { brokers: 2, tasks: 2, futexes: {} };

function anySize(random: Random): Size {
  const policies = [{}, { recallAtOnce: true }, { budgetMs: 10 + random.below(60) }];
  return { brokers: 2 + random.below(2), tasks: 2 + random.below(2), futexes: policies[random.below(3)] ?? {} };
}

function count(tally: Map<string, number>, words: Iterable<readonly [string, number]>): void {
  for (const [word, times] of words) tally.set(word, (tally.get(word) ?? 0) + times);
}
