import type { FutexXpKind, KernelXpKind, PagerXpKind, SleepXpKind, Xp } from '../wire/index.ts';

/** The library's number for one kernel's life with the object, from its `init` to its `terminate` or death. Never used twice. */
export type KernelId = number;
/** A piece of the object that is granted as one; its offset is `unit * pageSize`. */
export type UnitId = number;

/** What is said about pages. */
export type PageXpKind = Exclude<KernelXpKind, FutexXpKind | SleepXpKind>;
export type FromKernel = Xp<PageXpKind>;
export type ToKernel = Xp<Exclude<PagerXpKind, FutexXpKind | SleepXpKind>>;

export type MasterOptions = {
  /** Bytes of a unit. */
  readonly pageSize: number;
  /** Units behind it are not there. */
  readonly size: number;
  readonly readOnly: boolean;
  readonly mayCache: boolean;
  /** A value of `COPY_STRATEGY`. */
  readonly copyStrategy: number;
  /** The most units that are read ahead; 0: none. */
  readonly readAhead: number;
};

/** What is to be done outside, in order. */
export type Effect =
  | { type: 'send'; kernel: KernelId; message: ToKernel }
  /** Answer `readDone`. */
  | { type: 'read'; id: number; offset: number; length: number }
  /** Answer `written`. */
  | { type: 'write'; id: number; offset: number; data: Uint8Array }
  /** What was written must last; answer `flushed`. */
  | { type: 'flush'; job: number }
  /** The `sync`, `change` or `setAttributes` of this job is over; `failed`: something could not be stored, and is kept. */
  | { type: 'done'; job: number; failed: boolean }
  /** Nothing more comes from this kernel, and nothing is sent to it. */
  | { type: 'terminated'; kernel: KernelId }
  /** A kernel died that could write here: the contents are those it returned last, and not to be relied on until the next write. */
  | { type: 'invalid'; offset: number; length: number }
  /** These bytes could not be stored. They are kept, and tried again with the next return or `sync`. */
  | { type: 'failed'; offset: number; length: number }
  /** A message that nothing was done for, and why. */
  | { type: 'refused'; kernel: KernelId; kind: string; why: string };

/** A kernel that has said `init`. */
export type Kernel = {
  pageSize: number;
  /** Where it will read next if it reads on, and how many units it was given ahead the last time. */
  next: UnitId;
  window: number;
  /** How many of its requests and unlocks are not over. */
  requests: number;
  unlocks: number;
};

/** That a kernel may have (part of) a unit. It gets there by a grant, and stays until it certainly has nothing any more (P13). */
export type Copy = { kernel: KernelId; since: number };

/** Bytes that a kernel returned, and where they lie in the unit. `seq`: the how manieth return, the oldest if there are several in it. */
export type Piece = { at: number; data: Uint8Array; seq: number };

export type Unit = {
  /** Who may write: at most one, and then nobody else is in `copies`. `since`: the first grant of this authority. */
  owner: Copy | null;
  copies: Copy[];
  /** Requests, oldest first; the first is worked at. */
  queue: number[];
  /** `lock_completed`s that the first one waits for. */
  locks: number;
  /** What was read from the store for the first one. */
  loaded: Uint8Array | 'unavailable' | 'error' | null;
  /** The request that it is being read for; 0: it is not. */
  reading: number;
  /** Returned and not being stored yet; being stored. The newest version of the contents is the store's, under these, in this order. */
  returned: Piece[];
  storing: Piece[];
  /** `written`s to come for `storing`. */
  writes: number;
  failed: boolean;
  /** A read or write of it together with others failed: the next is of it alone, so that one bad page harms no other. */
  apart: boolean;
  invalid: boolean;
};

/** One thing that is done for one or more units, when it is the first in the queues of all of them. */
export type Request = {
  id: number;
  /** `request`, `unlock`: a kernel's. `ahead`: read for a kernel that did not ask. `clean`, `flush`: the pager's own. */
  kind: 'request' | 'unlock' | 'ahead' | 'clean' | 'flush';
  kernel: KernelId;
  reqId: number;
  offset: number;
  length: number;
  write: boolean;
  /** Of an unlock: the grant by which the kernel has the page. */
  gen: number;
  job: number;
  first: UnitId;
  count: number;
  recalled: boolean;
};

/**
 * `flush`: give it up. `demote`: write no more. `clean`: only return what was changed. `settle`: forget what was asked for, before it
 * is supplied anew.
 */
export type LockKind = 'flush' | 'demote' | 'clean' | 'settle';
export type Lock = { kernel: KernelId; kind: LockKind; first: UnitId; count: number };

export type Job = {
  kind: 'sync' | 'change' | 'attributes';
  left: number;
  phase: 'kernels' | 'store' | 'flush';
  seq: number;
};

/** All there is to know: plain data, which can be cloned and compared. */
export type State = {
  gen: number;
  nextId: number;
  seq: number;
  mayCache: boolean;
  copyStrategy: number;
  size: number;
  /** The kernel that made the object (`create`; 0: none did), and the units that it has returned: their first contents come too late. */
  maker: KernelId;
  returned: Set<UnitId>;
  kernels: Map<KernelId, Kernel>;
  /** Only those that somebody has or wants, or that are not stored. */
  units: Map<UnitId, Unit>;
  /** Those of them with returned bytes. */
  unstored: Set<UnitId>;
  requests: Map<number, Request>;
  locks: Map<number, Lock>;
  reads: Map<number, { first: UnitId; count: number }>;
  writes: Map<number, { offset: number; length: number; units: UnitId[] }>;
  jobs: Map<number, Job>;
  /** `change_completed`s to come. */
  changes: Map<number, { kernel: KernelId; job: number }>;
  /** Requests to look at, and what they ask for: they are joined to runs before they go out. */
  stirred: Set<number>;
  wantedLocks: { kernel: KernelId; unit: UnitId; kind: LockKind }[];
  wantedReads: UnitId[];
  /** What was asked for to be read: kernels may read on behind it. */
  wantedAhead: Omit<Request, 'id' | 'recalled'>[];
};

export function newState(options: MasterOptions): State {
  return {
    gen: 0,
    nextId: 1,
    seq: 0,
    mayCache: options.mayCache,
    copyStrategy: options.copyStrategy,
    size: options.size,
    maker: 0,
    returned: new Set(),
    kernels: new Map(),
    units: new Map(),
    unstored: new Set(),
    requests: new Map(),
    locks: new Map(),
    reads: new Map(),
    writes: new Map(),
    jobs: new Map(),
    changes: new Map(),
    stirred: new Set(),
    wantedLocks: [],
    wantedReads: [],
    wantedAhead: [],
  };
}
