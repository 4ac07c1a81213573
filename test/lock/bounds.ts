import type { KeeperRows, MasterRows } from '../../src/lock/index.ts';

/** How often each may happen, in all. */
export type Budget = {
  cancels: number;
  evictions: number;
  /** A user dies, or has the memory mapped no longer. */
  userDeaths: number;
  brokerDeaths: number;
  pagerDeaths: number;
  revocations: number;
  /** Other mappings of a task change: it has to look at its own again. */
  remaps: number;
  /** Lock calls that a task makes besides, whatever it has. */
  asks: number;
  /** Who has the memory mapped no longer takes the word all the same: it sees that too late. In each broker. */
  lateTakes: number;
  /** A task writes into the word what it may not. */
  overwrites: number;
};

/** One step each that a task does not take, or takes as if it had gone well. */
export type TaskFaults = {
  /** Gives back a word that is SLOW, too, as if nobody had to be told. */
  ignoresSlow: boolean;
  /** Does not look at the version of its mappings once it has taken the word. */
  ignoresVersion: boolean;
  /** Nor at the generation. */
  takesAnyGen: boolean;
  givesAnyGen: boolean;
  /** Does not look whether it could give back what it should not have taken. */
  trustsUndo: boolean;
  /** Uses the word while a lock call of its own is out. */
  crossesCalls: boolean;
};

export type Bounds = {
  brokers: number;
  users: number;
  locks: number;
  /** How often a user gets or tries each lock; `ENDLESS`: for ever. */
  turns: number;
  /** Whether they try, too, and do not wait. */
  tries: boolean;
  /** Tasks lock and unlock by the word, too. */
  hasWord: boolean;
  recallsAtOnce: boolean;
  budget: Budget;
};

export const ENDLESS = -1;

export const NO_BUDGET: Budget = {
  cancels: 0,
  evictions: 0,
  userDeaths: 0,
  brokerDeaths: 0,
  pagerDeaths: 0,
  revocations: 0,
  remaps: 0,
  asks: 0,
  lateTakes: 0,
  overwrites: 0,
};

/** Two brokers with one user each, and one lock. */
export const SMALL: Bounds = {
  brokers: 2,
  users: 1,
  locks: 1,
  turns: 1,
  tries: false,
  hasWord: false,
  recallsAtOnce: false,
  budget: NO_BUDGET,
};

/** What is wrong in the machines, or in the hosts around them. */
export type Faults = {
  keeper?: Partial<KeeperRows>;
  master?: Partial<MasterRows>;
  /** The pager hears of a broker's death before it hears what the broker said before. */
  deathFirst?: boolean;
  /** What tasks leave out by the word. */
  tasks?: Partial<TaskFaults>;
  /** A rule that nobody looks at. */
  blindTo?: string;
};
