import type { Code } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Futex, FutexCall } from './futex/types.ts';
import type { Queue } from './queue.ts';
import type { ObjectSleeps } from './sleep/types.ts';
import type { Access, Effect, FromPager, ObjectId, Page, TaskId, RegionInfo } from './types.ts';

export type VmLimits = Pick<
  Limits,
  | 'pageBytes'
  | 'cachePages'
  | 'objects'
  | 'objectBytes'
  | 'mappedBytesPerTask'
  | 'regionsPerTask'
  | 'futexes'
  | 'futexesPerTask'
>;

/** All there is to know, in plain data: `structuredClone` copies it, and `stateKey` tells whether two are the same. */
export type State = {
  readonly objects: Map<ObjectId, MemoryObject>;
  /** Each task's regions, by rising address. */
  readonly maps: Map<TaskId, Region[]>;
  readonly calls: Map<number, Call>;
  readonly cache: Cache;
  nextObject: ObjectId;
  /** Kernel-made objects can be given a pager. */
  defaultPager: boolean;
  /** Pages whose waiters may be able to go on, and objects that may; `settle` visits them at the end of each call. */
  stirredPages: PageKey[];
  stirredObjects: ObjectId[];
  /** Futex calls whose page is there. */
  arrivedCalls: number[];
  /** Futex calls that are over, and that what they waited at does not know of yet. */
  withdrawn: { readonly call: number; readonly futex: FutexCall }[];
  /** Futexes of all objects. */
  futexes: number;
  /** Those that count for each task. */
  readonly futexesOf: Map<TaskId, number>;
  /** Places of all objects where somebody of this kernel or another sleeps. */
  sleepPlaces: number;
  /** Calls that sleep on a word of one task's alone, by task and address (§2.8). */
  readonly sleepers: Map<string, number[]>;
  effects: Effect[];
};

/** A page of an object, as one number. */
export type PageKey = number;

/** Resident pages that may be taken away now, those that came first in front. Pages on hold are in none of them. */
export type Cache = {
  /** Resident pages of all objects. */
  resident: number;
  /** Those of them that are being taken away, while tasks may still be in the middle of an access. */
  leaving: number;
  readonly clean: Queue;
  /** Those that go back to their pager when they go: changed or precious. */
  readonly dirty: Queue;
  /** Those that cannot go: changed or precious, and there is nobody to take them. */
  readonly stuck: Queue;
};

export type Region = RegionInfo;

/**
 * `new`: no pager has heard of it. `starting`: `init` is sent. `terminating`: its last pages go back, then `terminate` goes out.
 * `dead`: its port died. `destroyed`: its pager wanted it so. `forming`: a copy that has not been made yet. `internal`: the
 * kernel's own, with no pager.
 */
export type Status = 'new' | 'starting' | 'ready' | 'terminating' | 'dead' | 'destroyed' | 'forming' | 'internal';

export type MemoryObject = {
  readonly id: ObjectId;
  status: Status;
  /** Made by this kernel: what no pager has been given is zeros, or what `source` has. */
  internal: boolean;
  /** Bytes; of a kernel-made object the size it was made with. */
  readonly size: number;
  mayCache: boolean;
  copyStrategy: number;
  /** Regions of it. */
  mapped: number;
  readonly pages: Map<Page, PageRecord>;
  /** Who waits for a page, in order of arrival. */
  readonly waiters: Map<Page, Set<Waiter>>;
  /** Pages that wait until fewer requests are outstanding (P2). */
  backlog: Queue;
  /** Pages of state `requested`. */
  requests: number;
  lastReqId: number;
  /** What is being done with pages that are on hold for it. What comes next waits in `queue`. */
  current: Operation | null;
  queue: Queued[];
  /** `change_completed`s that are owed, once the object is terminated (P16). */
  changes: number[];
  /** Copies that wait to hear which strategy it has. */
  forming: ObjectId[];
  /** Of a copy: where it gets what it has not. */
  source: Source | null;
  /** Copies that get from here what they have not. */
  readonly copies: Set<ObjectId>;
  /** Pages that a default pager has been given. */
  readonly stored: Set<Page>;
  /** Its pager does not take what went back to it: until it does, no more goes. */
  congested: boolean;
  /** By offset: those that somebody uses or waits at, or that are kept. */
  readonly futexes: Map<number, Futex>;
  lastFutexGen: number;
  readonly sleeps: ObjectSleeps;
};

export type Source = {
  readonly object: ObjectId;
  readonly firstPage: Page;
  /** The source keeps the old bytes for this copy, until it has them. */
  promised: boolean;
  /** Pages without which the copy still needs its source. Null: for as long as there is the copy. */
  left: number | null;
};

export type PageRecord = Requested | Fetched | Resident;

/** A `data_request` is on its way; who faults now waits for the same answer (P1). */
export type Requested = { readonly state: 'requested'; readonly reqId: number };
/** It will be copied from `source`. */
export type Fetched = { readonly state: 'fetched' };

export type Resident = {
  readonly state: 'resident';
  lock: Access;
  precious: boolean;
  /** Known to be changed. While `allowed` has WRITE it may be changed without being known. */
  dirty: boolean;
  gen: number;
  /** Accesses that a `data_unlock` has been sent for since a lock was set (P6). */
  unlockAsked: Access;
  /** What its access word says. */
  allowed: Access;
  /** Why nobody may fault on it now. */
  hold: 'eviction' | 'operation' | null;
  /** The host has not yet said that the narrowed word is obeyed. */
  revoking: boolean;
  /** Touched since it came, or since it was spared from eviction for that. */
  touched: boolean;
};

/** A call that wants bytes of the page, or a copy that wants all of it: as `page` of its own, `object`. */
export type Waiter = CallWaiter | CopyWaiter;
export type CallWaiter = {
  readonly kind: 'call';
  readonly call: number;
  readonly object: ObjectId;
  readonly page: Page;
  readonly access: Access;
  /** What to transfer; no bytes: the page only has to be there. */
  readonly at: number;
  readonly bytes: number;
  readonly bufferAt: number;
};
export type CopyWaiter = {
  readonly kind: 'copy';
  readonly object: ObjectId;
  readonly page: Page;
  readonly access: Access;
};

export type Call = {
  readonly id: number;
  readonly task: TaskId;
  /** The range that must stay mapped meanwhile, and the access that it must permit. */
  readonly address: number;
  readonly size: number;
  readonly access: Access;
  /** The transfers that are left. */
  readonly waiters: Set<CallWaiter>;
  /** Of `map` with a copy: the copy's object. */
  copy: ObjectId | null;
  /** What it does once its page is there. */
  futex: FutexCall | null;
  /** Its caller has been told 'waiting', and gets a `done`. */
  answered: boolean;
  /** How it ended, if it did before it was answered. */
  result: Code | null;
};

/** What comes one after the other for an object. */
export type Queued =
  | { readonly kind: 'message'; readonly message: FromPager }
  | { readonly kind: 'died' }
  | { readonly kind: 'copy'; readonly copy: ObjectId };

/** Done in two steps: words are narrowed, and when all tasks obey (`waits` is empty) it is carried out. */
export type Operation = {
  readonly what:
    | { readonly kind: 'lock'; readonly request: LockRequest }
    | { readonly kind: 'copy'; readonly copy: ObjectId }
    | { readonly kind: 'terminate' };
  readonly waits: Set<Page>;
};

export type LockRequest = Extract<FromPager, { kind: 'memory_object_lock_request' }>;
