import { type Bounds, type Budget, NO_BUDGET, TWO_TWO } from './bounds.ts';

/** What is explored, and how much that is: the same each time. A change of the broker may change it, too. */
export type Run = { bounds: Bounds; states: number; transitions: number };

export const SMALL_RUNS: Readonly<Record<string, Run>> = {
  '2 sleepers, 1 waker, on a word: a death': run({ on: 'word', wakers: 1 }, { deaths: 1 }, [7519, 26300]),
  '2 sleepers, 1 waker of one: a timer, and one does not sleep': run(
    { wakers: 1, wake: 'one' },
    { timeouts: 1, leaves: 1 },
    [7302, 22315],
  ),
};

export const FULL_RUNS: Readonly<Record<string, Run>> = {
  '2 sleepers, 2 wakers': run({}, {}, [32867, 114156]),
  '2 sleepers, 2 wakers of one': run({ wake: 'one' }, {}, [26195, 91920]),
  '2 sleepers, 2 wakers: a timer': run({}, { timeouts: 1 }, [159805, 618616]),
  '2 sleepers, 2 wakers of one: a timer': run({ wake: 'one' }, { timeouts: 1 }, [67895, 261062]),
  '2 sleepers, 2 wakers of one: one does not sleep': run({ wake: 'one' }, { leaves: 1 }, [34569, 124274]),
  '2 sleepers, 2 wakers, on a word': run({ on: 'word' }, {}, [48105, 171866]),
};

function run(bounds: Partial<Bounds>, budget: Partial<Budget>, [states, transitions]: readonly [number, number]): Run {
  return { bounds: { ...TWO_TWO, ...bounds, budget: { ...NO_BUDGET, ...budget } }, states, transitions };
}
