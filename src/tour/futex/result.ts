import { type Count, sum } from './counter.ts';

/** What came of one run. Shares are in the order of the tasks, those of the first broker first. */
export type RunResult = Count & {
  /** Which parts of the seed were at work. */
  parts: 'I-IV' | 'I-II';
  /** What they were to count to. */
  total: number;
  ms: number;
  /** How often somebody got the futex, and the XP messages about it. */
  locks: number;
  messages: number;
  /** Of those that Part II alone would have sent: a request, a grant and a release for each lock. */
  saved: number;
  troubles: TroublesMet;
  /** Every increment is there, and there once. */
  isExact: boolean;
};

export type TroublesMet = {
  /** Who was killed while it had the futex, and how often it had counted, this time included. */
  killed: { task: number; pid: number; counted: number };
  /** Who was stopped while it had the futex, for how long, and how often others counted meanwhile. */
  stopped: { task: number; pid: number; ms: number; meanwhile: number };
};

/** What a task has done, as it says itself. */
export type Done = { counted: number; locked: number };

/** What is in the object is what all of them say, and one owner was found dead. */
export function isExact(
  { value, shares, deaths }: Count,
  { total, done, troubles }: { total: number; done: readonly Done[]; troubles: TroublesMet },
): boolean {
  const areTheirs = shares.every((share, task) => share === done[task]?.counted);
  return value === total && sum(shares) === total && areTheirs && deaths === 1 && troubles.stopped.meanwhile === 0;
}
