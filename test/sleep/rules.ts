import type { Outcome } from '../../src/sleep/index.ts';
import type { Rig } from './system.ts';
import type { WaiterState, Whole } from './whole.ts';

/** In every state. */
export function checkAlways(rig: Rig, { waiters, queues }: Whole): void {
  const entries = [...queues.entries()];
  for (const [number, { sleeper, at }] of waiters.entries()) {
    const entry = entries.find((one) => one.sleeper === number);
    const isAsleep = entry !== undefined && entry.isAsleep && entry.ident === 'it';
    rig.must(
      'who sleeps is in the queue, as one that sleeps, and nobody else is',
      isAsleep === (sleeper.is === 'asleep'),
      () => {
        return `waiter ${number} is ${sleeper.is}, and its place is ${JSON.stringify(entry)}`;
      },
    );
    const isPrepared = sleeper.is === 'awake' && sleeper.slot === 'prepared';
    rig.must('who is prepared is in the queue', !isPrepared || entry !== undefined, () => {
      return `waiter ${number}, ${at}, is in none`;
    });
  }
}

/** Nothing happens any more by itself. */
export function checkQuiet(rig: Rig, { waiters, things, isLocked }: Whole): void {
  for (const [number, { at, isTold, isAborted, isLate }] of waiters.entries()) {
    if (at === 'done') continue;
    const domain = rig.bounds.waiters[number] ?? 0;
    rig.must(
      'no wakeup is lost',
      at !== 'sleeping' || (things[domain] ?? 0) === 0,
      () => `waiter ${number} sleeps, and there is one to take`,
    );
    rig.must('everybody gets an outcome', at === 'sleeping' && !isLocked, () => `waiter ${number} is ${at} for ever`);
    rig.must('who was told goes on', !isTold && !isAborted && !isLate, () => `waiter ${number} sleeps for ever`);
  }
}

/** lwkt.md §2.3: the signal before anything else, or at the end; the timeout before that; success only after a wakeup. */
export function checkOutcome(
  rig: Rig,
  waiter: WaiterState,
  outcome: Outcome | 'asleep',
  when: 'before' | 'after',
): void {
  const { isTold, isLate, isAborted } = waiter;
  const otherwise = isTold ? 'woken' : when === 'before' ? 'asleep' : 'nothing that ends a sleep';
  const wanted = isLate ? 'timedOut' : isAborted ? 'interrupted' : otherwise;
  rig.must(
    'timeout beats signal beats wakeup',
    outcome === wanted,
    () => `the outcome is ${outcome}, and not ${wanted}`,
  );
}
