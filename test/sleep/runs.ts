import { type Bounds, type Budget, NO_BUDGET, THREE_TWO, WAKER } from './bounds.ts';

/** What is explored, and how much that is: the same each time. A change of the machine may change it, too. */
export type Run = { bounds: Bounds; states: number; transitions: number };

export const SMALL_RUNS: Readonly<Record<string, Run>> = {
  '3 waiters, 2 wakers': run({}, {}, [371, 1_233]),
  '3 waiters, 2 wakers: a timer': run({}, { timeouts: 1 }, [1_303, 5_015]),
  '2 waiters, 2 wakers: a timer and a signal': run({ waiters: [0, 0] }, { timeouts: 1, signals: 1 }, [1_989, 7_228]),
  '2 waiters, 2 wakers: one does not sleep in the end': run(
    { waiters: [0, 0] },
    { leaves: 1, signals: 1 },
    [910, 3_080],
  ),
  '2 waiters, 1 waker: another ident was prepared first': run(
    { waiters: [0, 0], wakers: [WAKER] },
    { others: 1, otherWakeups: 1, timeouts: 1 },
    [1_070, 3_031],
  ),
  '2 waiters, 2 wakers, in two domains': run(
    { waiters: [0, 1], wakers: [WAKER, { ...WAKER, domain: 1 }] },
    { timeouts: 1 },
    [910, 2_922],
  ),
  '2 waiters, 2 wakers: somebody else has the queue': run(
    { waiters: [0, 0], isDistant: true },
    { signals: 1 },
    [683, 2_203],
  ),
};

export const FULL_RUNS: Readonly<Record<string, Run>> = {
  '3 waiters, 2 wakers: a timer and a signal': run({}, { timeouts: 1, signals: 1 }, [8_280, 35_720]),
  '3 waiters, 2 wakers: timers, a signal, and one does not sleep in the end': run(
    {},
    { timeouts: 2, signals: 1, leaves: 1 },
    [25_982, 123_029],
  ),
  '3 waiters, 2 wakers: somebody else has the queue': run(
    { isDistant: true },
    { timeouts: 1, signals: 2 },
    [22_727, 103_991],
  ),
  '3 waiters, 2 wakers, in two domains': run(
    { waiters: [0, 0, 1], wakers: [WAKER, { ...WAKER, domain: 1 }] },
    { timeouts: 1, signals: 1, leaves: 1 },
    [41_955, 185_270],
  ),
  '3 waiters, 2 wakers: another ident was prepared first': run(
    {},
    { others: 2, otherWakeups: 1, timeouts: 1, leaves: 1 },
    [28_762, 129_575],
  ),
  '3 waiters, 2 wakers that come twice': run(
    { wakers: [WAKER, { ...WAKER, posts: 2 }] },
    { timeouts: 1, signals: 1 },
    [23_428, 107_350],
  ),
};

function run(bounds: Partial<Bounds>, budget: Partial<Budget>, [states, transitions]: readonly [number, number]): Run {
  return { bounds: { ...THREE_TWO, ...bounds, budget: { ...NO_BUDGET, ...budget } }, states, transitions };
}
