import { expect, test } from 'vitest';
import { seededRandom } from '../../src/host/seeded-random.ts';
import { descendants } from '../support/processes.ts';
import { closeMemory } from './memory/close.ts';
import { memoryEvents } from './memory/events.ts';
import { judgeMemory } from './memory/judge.ts';
import { Ledger, MEMORY_PLAN } from './memory/ledger.ts';

const SECONDS = Number(process.env['EASYNC_MEMORY_CHAOS_SECONDS'] ?? 2);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
/** After which everybody leaves, and the next begin anew. */
const ACT_SECONDS = 15;

test(
  `kill -9 and SIGSTOP of a pager, its brokers and their tasks, for ${SECONDS} s, from seed ${SEED}`,
  { timeout: 120_000 + SECONDS * 5_000 },
  async () => {
    const random = seededRandom(SEED);
    const others = descendants(process.pid);
    const tally = new Map<string, number>();
    const replay = `EASYNC_SEED=${SEED} EASYNC_MEMORY_CHAOS_SECONDS=${SECONDS} npx vitest run test/chaos/memory.test.ts`;
    const end = performance.now() + SECONDS * 1_000;
    while (performance.now() < end) {
      await using ledger = await Ledger.open(random, MEMORY_PLAN);
      const rest = end - performance.now();
      for (const event of await memoryEvents(ledger, Math.min(rest, ACT_SECONDS * 1_000))) count(tally, [[event, 1]]);
      const left = await closeMemory(ledger, others);
      const judged = judgeMemory(ledger.history);
      count(tally, judged.tally);
      expect(judged.faults.slice(0, 10), `to replay it: ${replay}`).toEqual([]);
      expect(left, `to replay it: ${replay}`).toEqual([]);
    }
    console.log(`seed ${SEED}: ${[...tally].map(([word, times]) => `${times} ${word}`).join(', ')}`);
  },
);

function count(tally: Map<string, number>, words: Iterable<readonly [string, number]>): void {
  for (const [word, times] of words) tally.set(word, (tally.get(word) ?? 0) + times);
}
