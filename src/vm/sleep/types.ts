import type { Code } from '../../errors.ts';
import type { ObjectId } from '../types.ts';

/** What is slept for: a word of an object (its offset is a multiple of 4), and the domain. One and the same for all who map it. */
export type SleepPlace = { readonly object: ObjectId; readonly offset: number; readonly domain: number };

/** What the host of the machine, which has the queues of sleepers, is told. */
export type SleepEffect =
  /** Answers `listen`. Code 0: no wakeup of another kernel passes by those who sleep there. */
  | ({ type: 'listening'; code: Code } & SleepPlace)
  /** A task of another kernel wakes all who sleep there, or one. Answer `sleeps.wakeupDone` with this `reqId`, in the same turn. */
  | ({ type: 'wokenElsewhere'; one: boolean; reqId: number } & SleepPlace)
  /** Whether other kernels may have sleepers there. The next effect tells their pager that everybody here goes by it. */
  | ({ type: 'interest'; isOn: boolean } & SleepPlace)
  /** They may have some anywhere in it, in any domain: too many places to be remembered. */
  | { type: 'interestEverywhere'; object: ObjectId }
  /** The pager can be told of wakeups again. */
  | { type: 'wakeupRoom'; object: ObjectId }
  /** Nobody hears of wakeups there any more, nor is interested in them: all who sleep are to look for themselves. */
  | { type: 'sleepsOver'; object: ObjectId };

/** What a kernel knows of one place: whether it hears of wakeups there (a number: the request for that is on its way), and whether others do. */
export type PlaceState = {
  readonly offset: number;
  readonly domain: number;
  interest: 'none' | 'there' | number;
  isElsewhere: boolean;
};

/** What is known of the sleepers of one object. */
export type ObjectSleeps = {
  places: Map<string, PlaceState>;
  /** There were more places with sleepers elsewhere than there is room for: all wakeups are told. */
  tellsAll: boolean;
  /** Of an object of the kernel's own, of which no other kernel hears: somebody has slept there. */
  isUsed: boolean;
  /** Somebody waits to tell of a wakeup, until its pager takes what it is told. */
  awaitsRoom: boolean;
};

export function newSleeps(): ObjectSleeps {
  return { places: new Map(), tellsAll: false, isUsed: false, awaitsRoom: false };
}
