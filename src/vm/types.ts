import type { Code } from '../errors.ts';
import type { KeeperStatus } from '../lock/index.ts';
import type { KernelXpKind, PagerXpKind, Xp } from '../wire/index.ts';
import type { SleepEffect } from './sleep/types.ts';

export type TaskId = number;
/** The host's number for a memory object; it knows the ports behind it. */
export type ObjectId = number;
/** A page of an object: its offset is `page * pageSize`. */
export type Page = number;
/** Bits of `VM_PROT`. */
export type Access = number;

/** What a pager sends about one object, but for the one call there is, which the host answers (`Vm.attributes`). */
export type FromPager = Xp<Exclude<PagerXpKind, 'memory_object_get_attributes'>>;

/**
 * What the kernel sends about one object. The bytes of a `data_return` or `data_initialize` are in the object's memory: `length`
 * tells how many from `offset` on, and the host reads them before it carries out the next effect.
 */
export type ToPager = Exclude<Xp<KernelXpKind>, { data: Uint8Array }> | Returned;
export type Returned =
  | {
      kind: 'memory_object_data_return';
      reqId: number;
      offset: number;
      length: number;
      dirty: boolean;
      kernelCopy: boolean;
      gen: number;
    }
  | { kind: 'memory_object_data_initialize'; offset: number; length: number };

/** What there is to be done outside, in order. The machine itself touches no byte of memory. */
export type Effect =
  /** To the object's port, or the default pager's for `create`. `to` is the copy's object of `memory_object_copy`. */
  | { type: 'send'; object: ObjectId; message: ToPager; to?: ObjectId }
  /** Puts these bytes (null: zeros) into the object's memory. */
  | { type: 'install'; object: ObjectId; page: Page; data: Uint8Array | null }
  /** From now on tasks may do this with the page without asking, and no more: written into its access word. Only ever widens. */
  | { type: 'allow'; object: ObjectId; page: Page; access: Access }
  /**
   * The same, narrowing. The host answers `revoked(object, page, dirty)` when no task is in the middle of an access that the new word
   * forbids, perhaps at once; `dirty`: some task has written since the last time this was asked. It clears that mark.
   */
  | { type: 'revoke'; object: ObjectId; page: Page; access: Access }
  /** The page's bytes are of no use any more. */
  | { type: 'discard'; object: ObjectId; page: Page }
  /** Copies a page's bytes from one object's memory to another's. */
  | { type: 'copy'; from: ObjectId; fromPage: Page; to: ObjectId; toPage: Page }
  /** The page is there for this call: copy `bytes` bytes between it (from `at` in the page) and the call's buffer (from `bufferAt`), now. */
  | { type: 'transfer'; call: number; object: ObjectId; page: Page; at: number; bytes: number; bufferAt: number }
  /** The call that was answered `'waiting'` is over. */
  | { type: 'done'; call: number; code: Code }
  /** The lock call has the futex, by this grant; `code` EOWNERDEAD: from one that died. What follows, `done`, says nothing new. */
  | { type: 'locked'; call: number; code: Code; object: ObjectId; offset: number; gen: number }
  /** Answer, at once, `futexes.compared(call, …)`: whether the word there is `v1`, and with `quad` the next one `v2`. */
  | { type: 'compare'; call: number; object: ObjectId; page: Page; at: number; v1: number; v2: number; quad: boolean }
  /** A call has begun to wait for a pager: the host may set a timer, and say `expire(call)`. */
  | { type: 'waits'; call: number; object: ObjectId }
  /** A kernel-made object is to get a port, from the default pager's `create` or a `copy` on. */
  | { type: 'make'; object: ObjectId }
  /** Nobody knows the object any more: its memory and ports can go. */
  | { type: 'forget'; object: ObjectId }
  | SleepEffect;

/** One mapping, as `vm_region` tells of it. */
export type RegionInfo = {
  address: number;
  size: number;
  protection: Access;
  maximum: Access;
  object: ObjectId;
  /** Of the object, where the mapping begins. */
  offset: number;
};

/** For `easync locks`. */
export type FutexInfo = {
  object: ObjectId;
  offset: number;
  status: KeeperStatus;
  owner: TaskId | null;
  /** Calls that want it, and calls that sleep on its word. */
  waiting: number;
  sleeping: number;
  gen: number;
  /** `FUTEX_STATE`: what its next owner gets it as. */
  state: number;
  /** Since the broker knows of it: how often a task got it, and how many messages to and from its pager that took. */
  locks: number;
  messages: number;
};

/** For `easync vm`. */
export type VmSnapshot = {
  objects: {
    object: ObjectId;
    /** `new`: its pager has not said `ready`. `internal`: the kernel's own, and no pager's yet. `dead`: its pager has gone. */
    state: 'new' | 'ready' | 'terminating' | 'dead' | 'internal';
    resident: number;
    dirty: number;
    /** data_requests and data_unlocks without an answer. */
    requests: number;
    /** Calls that wait for a page of it. */
    waiting: number;
    /** Mappings of it. */
    mapped: number;
    mayCache: boolean;
  }[];
  tasks: { task: TaskId; regions: RegionInfo[] }[];
  futexes: FutexInfo[];
  /** Pages in memory, of all objects, and how many there may be (`cachePages`). */
  resident: number;
  most: number;
};
