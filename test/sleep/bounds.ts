import type { SleeperRows, SleepQueues } from '../../src/sleep/index.ts';

/** How often each may happen, in all. */
export type Budget = {
  timeouts: number;
  signals: number;
  /** A waiter that has prepared decides not to sleep, and leaves its interlock behind. */
  leaves: number;
  /** A waiter prepares another ident first; somebody wakes that one. */
  others: number;
  otherWakeups: number;
};

export type Bounds = {
  /** The domain of each waiter. */
  waiters: readonly number[];
  wakers: readonly { domain: number; posts: number; how: readonly ('all' | 'one')[] }[];
  /** Preparing is acknowledged by somebody else, some time later. */
  isDistant: boolean;
  budget: Budget;
};

export const NO_BUDGET: Budget = { timeouts: 0, signals: 0, leaves: 0, others: 0, otherWakeups: 0 };

export const WAKER = { domain: 0, posts: 1, how: ['all', 'one'] } as const;

/** Three wait for one thing each, two bring one each, and wake all or one. */
export const THREE_TWO: Bounds = {
  waiters: [0, 0, 0],
  wakers: [WAKER, WAKER],
  isDistant: false,
  budget: NO_BUDGET,
};

export type Queues = SleepQueues<'it' | 'other', number>;

/** What is wrong: in the shipped machine, or in how its users take their steps. */
export type Faults = {
  rows?: Partial<SleeperRows>;
  queues?: new () => Queues;
  users?: Partial<UserFaults>;
  /** Rules that nobody looks at. */
  blindTo?: readonly string[];
};

export type UserFaults = {
  /** Lets go of the lock, and prepares then (lwkt.md §2.6). */
  preparesLate: boolean;
  /** Wakes, and takes the lock to bring what is waited for then. */
  wakesEarly: boolean;
  /** Whose sleep ends with an error does not wake one more (§2.3). */
  keepsWakeup: boolean;
  /** Stays in the queue when its timer fires, until it goes on. */
  staysInQueue: boolean;
};
