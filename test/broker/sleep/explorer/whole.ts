import type { Budget } from './bounds.ts';

/** What a task and the broker say to each other, in order. */
export type Said =
  | { say: 'prepare' | 'asleep' | 'remove' | 'prepared' | 'woken'; sleeper: number }
  | { say: 'wakeup' | 'told' | 'end' };

/** A task with one flow that sleeps, as src/task/sleep and src/sync have it. */
export type SleeperState = {
  /**
   * `looked`: it has found nothing, and lets go of what protects that. `runnable`: it is about to go on. `gone`: it has given up.
   * `failed`: its link ended for no reason.
   */
  at:
    | 'start'
    | 'entering'
    | 'prepared'
    | 'looked'
    | 'sleeping'
    | 'runnable'
    | 'late'
    | 'done'
    | 'gone'
    | 'dead'
    | 'failed';
  /** Its number: another one each time. */
  number: number;
  /** It has not been woken, nor given up. */
  isThere: boolean;
};

export type WakerState = { at: 'start' | 'looked' | 'changed' | 'asking' | 'done'; found: boolean };

export type Entry = { task: number; sleeper: number; asleep: boolean };

/** All there is between two steps. Tasks: sleepers from 1 on, then wakers. */
export type Whole = {
  sleepers: SleeperState[];
  wakers: WakerState[];
  things: number;
  up: Said[][];
  down: Said[][];
  /** The broker's queue, in order. */
  entries: Entry[];
  /** Whose pager has not answered. They may be in the queue no more. */
  asked: { task: number; sleeper: number }[];
  /** What tasks read in the table, where that is late. */
  listed: boolean;
  left: Budget;
};

export function at<T>(all: readonly T[], index: number): T {
  const one = all[index];
  if (one === undefined) throw new Error(`there is no ${index}`);
  return one;
}
