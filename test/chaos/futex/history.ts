import type { History, Logged, TaskRecord, Value } from '../memory/history.ts';

/** Something done outside of the memory with a generation: the how manieth it was under its futex, or why it was refused. */
export type Effect = { begin: number; end: number; count?: number; code?: string };

/** What a task does with futexes, as it saw it (fixtures/futex-task.js). Times are nanoseconds of the machine's one clock. */
export type FutexAccess = Logged & {
  kind: 'map' | 'unmap' | 'closed' | 'quiet' | 'lock' | 'try' | 'wait' | 'wake';
  /** What it ends with, if it does not come in time. */
  patience?: string;
  /** Of `lock` and `try`, and without `gen` it was not had. */
  futex?: number;
  gen?: number;
  ownerDied?: boolean;
  /** When its owner was told that it has it no longer. */
  fenced?: number;
  /** What it found in both records, all of it at `read`. Several values are one that was torn. */
  reads?: readonly [counter: readonly Value[], copy: readonly Value[]];
  read?: number;
  /** What it put into the one that was wrong. */
  repairs?: Value;
  consistent?: boolean;
  /** What it put into both, first into the counter; `wrote`: both are there. */
  write?: Value;
  wrote?: number;
  /** Why it could not read or write there, or not all. */
  failed?: string;
  /** `cutOff`: its broker had gone before that. */
  unlock?: { begin: number; end?: number; code?: 0 | string; cutOff?: boolean };
  effects?: readonly Effect[];
  /** With the same generation, after it was unlocked: it does not count. */
  late?: Effect;
  /** Of `wait`: as long as the word says this. Of `quiet`: what it says. */
  value?: number;
};

export type FutexRecord = TaskRecord<FutexAccess>;

export type FutexHistory = History<FutexAccess> & {
  /** Whether the pager takes from a broker what it does not give back in time: then its tasks go on for a while with what they have lost. */
  revokes: boolean;
};
