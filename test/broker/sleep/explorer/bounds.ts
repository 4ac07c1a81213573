import { PORT, WORD } from '../rig.ts';

/** How often each may happen, in all. */
export type Budget = {
  timeouts: number;
  deaths: number;
  /** A sleeper that has prepared decides not to sleep. */
  leaves: number;
};

export type Bounds = {
  sleepers: number;
  wakers: number;
  /** A word's pager may have to be asked before one is told that one is in the queue. */
  on: 'port' | 'word';
  /** `all`: everybody waits until all wakers have brought something. `one`: each takes one of the things. */
  wake: 'all' | 'one';
  budget: Budget;
};

export const NO_BUDGET: Budget = { timeouts: 0, deaths: 0, leaves: 0 };
export const TWO_TWO: Bounds = { sleepers: 2, wakers: 2, on: 'port', wake: 'all', budget: NO_BUDGET };
export const KEYS = { port: PORT, word: WORD };

/** What is wrong: with the broker, or with how tasks go about it. */
export type Fault =
  /** The table says that somebody sleeps only some time after that one was told so. */
  | 'the table is late'
  | 'one that is prepared counts as asleep'
  | 'a death is not heard of'
  | 'one of several tasks is not told'
  /** A sleeper looks before it is told that it is in the queue. */
  | 'nobody waits for the answer'
  | 'the table is read before the change is there'
  | 'a timer takes nobody out of the queue'
  | 'who timed out keeps the wakeup'
  /** What comes for a sleeper that is gone is taken for the one after it. */
  | 'numbers are not looked at'
  /** And here it ends the link. */
  | 'a number that is not known is an error';
