import type { ErrorCode } from '../errors.ts';
import type { Word } from './word.ts';

/** Who can own a lock. At a broker: the task. */
export type User = number;
/** One wish to have the lock: a number that its keeper's host gives it, and never again. */
export type Wish = number;

/** What a lock is handed on with: `FUTEX_STATE` of the wire. */
export type Condition = number;

/**
 * `none`: not here. `requested`: asked for. `held`: a user has it. `retained`: kept, and nobody uses it. `yielding`: a user has it, and
 * it goes back when that user unlocks. (N, R, H, T and Y of pager.md §2.3.)
 */
export type KeeperStatus = 'none' | 'requested' | 'held' | 'retained' | 'yielding';

export type Waiting = { readonly wish: Wish; readonly user: User; readonly noQueue: boolean };

/** What a keeper knows of one lock: plain data. */
export type KeeperState = {
  status: KeeperStatus;
  /** Of the grant by which it has the lock, or last had it; 0: it never had. */
  gen: number;
  condition: Condition;
  owner: User | null;
  /** First come, first served. */
  queue: Waiting[];
  /** The request that is on its way. */
  asked: { readonly reqId: number; readonly noQueue: boolean; isCancelled: boolean } | null;
  lastReqId: number;
  /** The word says who owns it, not `owner`: tasks lock and unlock without us. */
  isLent: boolean;
  /** Owners that a revocation has made stale, and that have not been told: by their next call. */
  stale: { readonly user: User; readonly gen: number }[];
  /** Its master has gone: nobody gets it any more. */
  isDead: boolean;
  /** How often a user got it from here, and messages to and from its master. */
  grants: number;
  messages: number;
};

export type KeeperEffect =
  /** To the master: at most one is on its way. */
  | { type: 'request'; reqId: number; noQueue: boolean }
  | { type: 'cancel'; reqId: number }
  | { type: 'release'; gen: number; condition: Condition }
  /** The wish has come true: this user owns the lock. */
  | { type: 'granted'; wish: Wish; user: User; gen: number; ownerDied: boolean }
  | { type: 'failed'; wish: Wish; code: ErrorCode }
  /** The user's hold by this grant is worth nothing any more. */
  | { type: 'fenced'; user: User; gen: number };

/** What surrounds a keeper. */
export type KeeperHost = {
  /** Null: tasks have this lock by messages alone. */
  readonly word: Word | null;
  /** Whether this user can own the lock at all: it lives, and has the memory mapped. */
  isUser(user: User): boolean;
  emit(effect: KeeperEffect): void;
};

/** What a master calls one of its keepers by. At a pager: the kernel. */
export type KeeperId = number;

/** What a master knows of one lock: plain data. */
export type MasterState = {
  holder: KeeperId | null;
  /** Of the last grant. */
  gen: number;
  condition: Condition;
  /** First come, first served. */
  queue: { readonly keeper: KeeperId; readonly reqId: number }[];
  /** The holder has been told, in the grant or after it, that somebody else wants the lock. */
  isRecalled: boolean;
};

export type MasterEffect =
  | { type: 'granted'; keeper: KeeperId; reqId: number; gen: number; condition: Condition; recall: boolean }
  | { type: 'failed'; keeper: KeeperId; reqId: number; code: ErrorCode }
  /** Somebody else wants it. The host may set a timer, and say `expired`. */
  | { type: 'recall'; keeper: KeeperId; gen: number }
  | { type: 'fenced'; keeper: KeeperId; gen: number };

export type MasterHost = {
  /** One number more for each grant of this lock: it never comes again, not even after the lock was forgotten. */
  nextGen(): number;
  /** A keeper keeps nothing: Part II of the seed alone, slow but reliable. */
  readonly recallsAtOnce: boolean;
  emit(effect: MasterEffect): void;
};
