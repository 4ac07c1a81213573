import { describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';

const FIRST = Number(process.env['EASYNC_SEED'] ?? 1);
const SEEDS = Number(process.env['EASYNC_SIMULATIONS'] ?? 20);

describe('random histories of a broker and its tasks on virtual time', () => {
  test(`every call settles once, in order, and nothing is left: seeds ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
    const outcomes = new Map<string, number>();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const history = await runHistory(seed);
      for (const outcome of history.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (process.env['EASYNC_TRACE'] === '1') process.stderr.write(`${history.trace.join('\n')}\n`);
      expect(history.violations, `replay with EASYNC_SEED=${seed} EASYNC_SIMULATIONS=1`).toEqual([]);
    }
    // A workload in which nothing dies, or nothing works, would prove nothing.
    for (const code of [
      'ok',
      'ESERVERDIED maybe',
      'MACH_SEND_INVALID_DEST no',
      'ETIMEDOUT maybe',
      'EBROKERDIED maybe',
    ]) {
      expect(outcomes.get(code) ?? 0, `${code} in ${JSON.stringify([...outcomes])}`).toBeGreaterThan(0);
    }
  });

  test('the same seed replays the same history', async () => {
    const [first, again, other] = [await runHistory(7), await runHistory(7), await runHistory(8)];
    expect(again.trace).toEqual(first.trace);
    expect(other.trace).not.toEqual(first.trace);
  });
});
