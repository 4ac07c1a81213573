import type { KeeperState, MasterState } from '../../lock/index.ts';
import type { ObjectId, TaskId } from '../types.ts';

export type Futex = {
  /** Whose `futexesPerTask` it takes a place of. */
  countsFor: TaskId;
  readonly keeper: KeeperState;
  /** What its word counted when this record was made: it counts on when a record is forgotten, with all that a keeper counts. */
  readonly usesBefore: number;
  /** Of the kernel's own objects, which no other kernel has. */
  readonly master: MasterState | null;
  /** Calls that sleep on the word, oldest first. */
  sleepers: number[];
  /** Calls that wait until a hold is revoked. */
  watches: number[];
  /** Whether wakeups of other kernels reach this one. A number: the request for them is on its way. */
  interest: 'none' | 'there' | number;
};

/** A call about the futex at this offset of the object. */
export type FutexCall = {
  object: ObjectId;
  offset: number;
  readonly what:
    | { readonly kind: 'lock'; readonly noQueue: boolean }
    /** Waits until the caller's hold by this grant is revoked. */
    | { readonly kind: 'fenced'; readonly gen: number }
    | { readonly kind: 'wait'; readonly v1: number; readonly v2: number; readonly quad: boolean }
    | { readonly kind: 'wake'; readonly all: boolean }
    /** From `source`, which is a futex as this one is. */
    | { readonly kind: 'requeue'; readonly source: FutexKey; readonly all: boolean; readonly wakeOne: boolean };
  /** Of the words of one task alone: that task's address. Null: of all who share the memory. */
  readonly local: string | null;
  /** It sleeps elsewhere than where it began to, which need not stay mapped. */
  isMoved?: boolean;
  /** The word was compared, and said what it should: from then on its time may be over. */
  hasLooked?: boolean;
  /** Its time was over before that: it does not sleep. */
  isLate?: boolean;
  /**
   * `register`: until wakeups of other kernels reach this one. `rest`: in the keeper's queue, or asleep. `congested`: until a pager that
   * leaves lie what it is told can be told of a wakeup.
   */
  phase: 'page' | 'register' | 'compare' | 'rest' | 'congested';
};

export type FutexKey = { readonly object: ObjectId; readonly offset: number; readonly local: string | null };
