import type { KeeperEffect, KeeperState, MasterEffect, MasterState } from '../../src/lock/index.ts';
import { Interned } from '../explorer/interned.ts';
import type { Bounds, Budget } from './bounds.ts';
import { type ByWord, NOTHING_BY_WORD } from './by-word.ts';

/** What a user does with one lock. `busy`: it has told its broker that it unlocks, and waits to hear. */
export type UserState = {
  is: 'idle' | 'waits' | 'owns' | 'busy' | 'gone';
  /** How often it may still begin. */
  left: number;
  noQueue: boolean;
  /** The grant by which it owns the lock; 0: none. */
  gen: number;
  /** The one before it died, and it has not put right what that one left behind. */
  died: boolean;
  /** Its hold was revoked, and it has heard of that. */
  fenced: boolean;
} & ByWord;

/** All of a broker that is not in its keepers: its tasks, and the words that it shares with them. */
export type Side = {
  alive: boolean;
  /** It knows that the pager is dead. */
  cutOff: boolean;
  /** Of a dead one: the locks that it may have had. */
  had: boolean[];
  /** By lock, then by user. */
  users: UserState[][];
  words: number[];
  /** Whether a task has written into a word what it may not. */
  overwritten: boolean[];
  /** How often a user that has left may still take a word. */
  late: number;
};

export type ToMaster = Extract<KeeperEffect, { type: 'request' | 'cancel' | 'release' }>;
/** Whom a message is for, its channel tells. */
type WithoutKeeper<E> = E extends unknown ? Omit<E, 'keeper'> : never;
export type ToKeeper = WithoutKeeper<MasterEffect>;
/** Null: the sender is dead. */
export type Item = { lock: number; message: ToMaster | ToKeeper | null };

/** What is true of a lock: what its owners, alive or dead, have left behind. */
export const CLEAN = 0;
export const OWNER_DIED = 1;
export const LOST = 2;

/** The whole: what may happen yet, and what must be so by what has happened. */
export type Book = {
  left: Budget;
  pagerDead: boolean;
  /** By lock: one of the above. */
  truth: number[];
  /** By lock: the present holder has been told that somebody wants it. */
  recalled: boolean[];
};

/** All parts of states, each kept once. */
export class Parts {
  readonly keepers = new Interned<KeeperState>();
  readonly masters = new Interned<MasterState>();
  readonly sides = new Interned<Side>();
  readonly items = new Interned<Item>();
  /** Numbers of items, the first to arrive in front. */
  readonly channels = new Interned<readonly number[]>();
  readonly books = new Interned<Book>();
}

export function newSide({ locks, users, turns, budget }: Bounds): Side {
  const user: UserState = {
    is: 'idle',
    left: turns,
    noQueue: false,
    gen: 0,
    died: false,
    fenced: false,
    ...NOTHING_BY_WORD,
  };
  const none = Array.from({ length: locks }, () => false);
  return {
    alive: true,
    cutOff: false,
    had: none,
    users: none.map(() => Array.from({ length: users }, () => user)),
    words: none.map(() => 0),
    overwritten: none,
    late: budget.lateTakes,
  };
}

export function copyOfSide(side: Side): Side {
  const { had, users, words, overwritten } = side;
  return {
    ...side,
    had: [...had],
    users: users.map((ofLock) => ofLock.map((user) => ({ ...user }))),
    words: [...words],
    overwritten: [...overwritten],
  };
}

export function copyOfKeeper(keeper: KeeperState): KeeperState {
  const { queue, asked, stale } = keeper;
  return { ...keeper, queue: [...queue], asked: asked === null ? null : { ...asked }, stale: [...stale] };
}

/** What it counts for those who look at it makes no difference to what it does. */
export function withoutCounts(keeper: KeeperState): KeeperState {
  return { ...keeper, grants: 0, messages: 0 };
}

/** Who has it, whoever says so: the word, if it is lent out. */
export function hasIt({ status }: KeeperState): boolean {
  return status === 'held' || status === 'retained' || status === 'yielding';
}
