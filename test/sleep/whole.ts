import type { Sleeper } from '../../src/sleep/index.ts';
import type { Budget, Queues } from './bounds.ts';

export type WaiterState = {
  /**
   * `looking`: it has the lock. `entering`: prepared, not yet acknowledged, still with the lock. `prepared`: with the lock. `released`:
   * without it. `late`: without it, and not yet prepared. `failed`: its sleep ended with an error.
   */
  at: 'start' | 'looking' | 'entering' | 'prepared' | 'late' | 'released' | 'sleeping' | 'failed' | 'done';
  sleeper: Sleeper;
  isAborted: boolean;
  /** What has really happened: a wakeup of what it prepared last, since then; its timer, since it sleeps. */
  isTold: boolean;
  isLate: boolean;
  hasOther: boolean;
};

/** `woken`: it has woken, and brings what is waited for only then. */
export type WakerState = { at: 'start' | 'holding' | 'posted' | 'woken'; posts: number };

export type Whole = {
  waiters: WaiterState[];
  wakers: WakerState[];
  isLocked: boolean;
  /** How many there are to take, by domain. */
  things: Record<number, number>;
  left: Budget;
  queues: Queues;
};

export type Saved = Omit<Whole, 'queues'> & {
  entries: { sleeper: number; ident: 'it' | 'other'; domain: number; isAsleep: boolean }[];
};

export function waiterAt(whole: Whole, number: number): WaiterState {
  const waiter = whole.waiters[number];
  if (waiter === undefined) throw new Error(`there is no waiter ${number}`);
  return waiter;
}

export function wakerAt(whole: Whole, number: number): WakerState {
  const waker = whole.wakers[number];
  if (waker === undefined) throw new Error(`there is no waker ${number}`);
  return waker;
}
