import type { FieldType } from './field-types.ts';

/** What a right in an XP message is, and how it travels. */
export type XpRight = 'send' | 'receive' | 'reply';

/** One row of the XP table. The body is the fields, behind FLAG.RAW; the rights are the message's descriptors after the first two. */
export type XpSpec = {
  /** `header.routine` of the message. */
  readonly id: number;
  /** `kernel`: to the object's port, or the default pager's. `pager`: to the control port that `init` or `create` brought. */
  readonly from: 'kernel' | 'pager';
  readonly since: number;
  readonly when: string;
  readonly rights: Readonly<Record<string, XpRight>>;
  readonly fields: Readonly<Record<string, FieldType>>;
};

/** Bits of an access, and of a lock, which is the accesses that are forbidden. */
export const VM_PROT = { NONE: 0, READ: 1, WRITE: 2, EXECUTE: 4, ALL: 7, NO_CHANGE: 8 } as const;

/** What a kernel does to have its own copy of an object (pager.md P17). */
export const COPY_STRATEGY = { NONE: 0, CALL: 1, DELAY: 2, TEMPORARY: 3 } as const;

/** Which pages a `lock_request` has returned: none, those that were changed, those and the precious ones. */
export const SHOULD_RETURN = { NONE: 0, DIRTY: 1, ALL: 2 } as const;

/** What a futex is handed on with: its last owner unlocked it, or died while it had it; or one gave it up without repairing that. */
export const FUTEX_STATE = { CLEAN: 0, OWNER_DIED: 1, NOT_RECOVERABLE: 2 } as const;

/** Flags of `memory_object_lock_futex`. NOQUEUE: fail with EAGAIN if it is not free, and have it recalled all the same. */
export const LOCK_FUTEX = { NOQUEUE: 1 } as const;

/**
 * The messages between kernels and pagers (pager.md §1.1). Offsets and lengths are bytes of the object. `reqId` names a request,
 * and its answers carry it; 0: no answer is wanted, or nothing asked for this. `gen` is the generation of the grant by which the
 * kernel has a page: a pager counts it up, per object; 0: the pager keeps none.
 */
export const XP_MESSAGES = {
  memory_object_init: {
    id: 2200,
    from: 'kernel',
    since: 1,
    when: 'First of all from this kernel: somebody maps the object. Answer `ready`, or `destroy` to refuse.',
    rights: { control: 'send', name: 'send' },
    fields: { pageSize: 'u32' },
  },
  memory_object_terminate: {
    id: 2201,
    from: 'kernel',
    since: 1,
    when: 'The kernel has finished: both ports are the pager’s now, and nothing more comes from this kernel before its next `init`.',
    rights: { control: 'receive', name: 'receive' },
    fields: {},
  },
  memory_object_copy: {
    id: 2202,
    from: 'kernel',
    since: 1,
    when:
      'Only with copy strategy CALL: somebody copied these bytes. `newObject` is the copy’s own object, whose `init` comes next: ' +
      'what the pager has not for it (`data_unavailable`) the kernel takes from this one.',
    rights: { control: 'send', newObject: 'receive' },
    fields: { offset: 'u64', length: 'u64' },
  },
  memory_object_data_request: {
    id: 2203,
    from: 'kernel',
    since: 1,
    when: 'Wants these bytes, with this access at least. Answer `data_supply`, `data_unavailable` or `data_error`.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', length: 'u64', access: 'u8' },
  },
  memory_object_data_unlock: {
    id: 2204,
    from: 'kernel',
    since: 1,
    when:
      'Has these bytes, by the grant `gen`, and wants an access that their lock forbids. Answer `lock_request` with a weaker lock. ' +
      'There is no refusal: flush the page, and the kernel asks anew.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', length: 'u64', access: 'u8', gen: 'u64' },
  },
  memory_object_lock_completed: {
    id: 2206,
    from: 'kernel',
    since: 1,
    when: 'The `lock_request` of this `reqId` is done. What it returned came before.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', length: 'u64' },
  },
  memory_object_supply_completed: {
    id: 2207,
    from: 'kernel',
    since: 1,
    when: 'What became of the `data_supply` whose `replyId` this is: KERN_MEMORY_PRESENT, and where the page lay that was there already.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', length: 'u64', result: 'code', errorOffset: 'u64' },
  },
  memory_object_data_return: {
    id: 2208,
    from: 'kernel',
    since: 1,
    when:
      'Bytes go back: for the `lock_request` of this `reqId`, or (0) because the kernel needs room. `dirty` false: they were precious, ' +
      'not changed. `kernelCopy`: the kernel goes on having them.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', dirty: 'bool', kernelCopy: 'bool', gen: 'u64', data: 'rest' },
  },
  memory_object_change_completed: {
    id: 2209,
    from: 'kernel',
    since: 1,
    when: 'The attributes are changed. No control port: the object may have been terminated by it.',
    rights: {},
    fields: { reqId: 'u64', mayCache: 'bool', copyStrategy: 'u8' },
  },
  memory_object_lock_futex: {
    id: 2210,
    from: 'kernel',
    since: 1,
    when:
      'Wants the futex at this offset (a multiple of 4) for its tasks, and keeps it after use until it is recalled. At most one is on its ' +
      'way for a futex, and none while the kernel has it. `flags`: 1 NOQUEUE. Answer `futex_granted` or `futex_failed`.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', flags: 'u8' },
  },
  memory_object_cancel_futex: {
    id: 2211,
    from: 'kernel',
    since: 1,
    when:
      'Nobody wants the futex of this `lock_futex` any more. Answer `futex_failed` with KERN_ABORTED; if it was granted before, that was ' +
      'the answer.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64' },
  },
  memory_object_futex_released: {
    id: 2212,
    from: 'kernel',
    since: 1,
    when:
      'Gives back the futex that it has by the grant `gen`: because that was recalled, or by itself. There is no other answer to a recall. ' +
      '`state` is what it is in now, whatever it was granted with: 0 clean, 1 its owner died, 2 not recoverable.',
    rights: { control: 'send' },
    fields: { offset: 'u64', gen: 'u64', state: 'u8' },
  },
  memory_object_futex_wait: {
    id: 2213,
    from: 'kernel',
    since: 1,
    when:
      'A task is about to sleep on the word at this offset, which the kernel compares after the answer, `futex_waiting`. From then on ' +
      'wakeups of other kernels come as `futex_woken`, until one is answered with `waits` false.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64' },
  },
  memory_object_futex_wake: {
    id: 2214,
    from: 'kernel',
    since: 1,
    when: 'A task of this kernel wakes sleepers on the word, which other kernels may have: one of them, or all (`broadcast`).',
    rights: { control: 'send' },
    fields: { offset: 'u64', broadcast: 'bool' },
  },
  memory_object_futex_wake_completed: {
    id: 2215,
    from: 'kernel',
    since: 1,
    when:
      'Answers `futex_woken`. `woke`: a sleeper was woken. `waits`: there are others, or some are about to sleep. `reqId` 0: unasked, to say ' +
      'that there are none.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', woke: 'bool', waits: 'bool' },
  },
  memory_object_create: {
    id: 2250,
    from: 'kernel',
    since: 1,
    when: 'To the default pager’s port: a kernel’s own object shall be backed by it from now on. No `ready` is wanted.',
    rights: { newObject: 'receive', control: 'send', name: 'send' },
    fields: { size: 'u64', pageSize: 'u32' },
  },
  memory_object_data_initialize: {
    id: 2251,
    from: 'kernel',
    since: 1,
    when: 'To the default pager: first contents of such an object. What has been returned for these bytes already is newer.',
    rights: { control: 'send' },
    fields: { offset: 'u64', data: 'rest' },
  },
  memory_object_ready: {
    id: 2220,
    from: 'pager',
    since: 1,
    when: 'Answers `init`. `mayCache`: the kernel may keep the object while nobody maps it.',
    rights: {},
    fields: { mayCache: 'bool', copyStrategy: 'u8' },
  },
  memory_object_change_attributes: {
    id: 2221,
    from: 'pager',
    since: 1,
    when: 'The same later; it makes the object ready, too. `reqId` not 0: answer `change_completed`.',
    rights: {},
    fields: { reqId: 'u64', mayCache: 'bool', copyStrategy: 'u8' },
  },
  memory_object_data_supply: {
    id: 2222,
    from: 'pager',
    since: 1,
    when:
      'Whole pages, asked for (`reqId`) or not (0). `lock`: the accesses that are forbidden. `precious`: they are to be returned also ' +
      'unchanged. `replyId` not 0: answer `supply_completed`.',
    rights: {},
    fields: { reqId: 'u64', replyId: 'u64', offset: 'u64', lock: 'u8', precious: 'bool', gen: 'u64', data: 'rest' },
  },
  memory_object_data_unavailable: {
    id: 2223,
    from: 'pager',
    since: 1,
    when: 'There is nothing there: zeros, or what a copied object has.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', length: 'u64' },
  },
  memory_object_data_error: {
    id: 2224,
    from: 'pager',
    since: 1,
    when: 'Who waits for these pages now gets KERN_MEMORY_ERROR. It is not remembered.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', length: 'u64', reason: 'u32' },
  },
  memory_object_lock_request: {
    id: 2225,
    from: 'pager',
    since: 1,
    when:
      'Of the pages that the kernel has: forbid `lock` (8: leave it), return what `shouldReturn` says (0 none, 1 dirty, 2 precious ' +
      'too), then, with `shouldFlush`, forget them. `answers` is the `data_unlock` that this answers, or 0. `gen` not 0: the grant ' +
      'by which the kernel has the pages that it keeps. `reqId` not 0: answer `lock_completed`.',
    rights: {},
    fields: {
      reqId: 'u64',
      answers: 'u64',
      offset: 'u64',
      length: 'u64',
      shouldReturn: 'u8',
      shouldFlush: 'bool',
      lock: 'u8',
      gen: 'u64',
    },
  },
  memory_object_destroy: {
    id: 2226,
    from: 'pager',
    since: 1,
    when: 'The object is no more. The kernel says `terminate`, and returns nothing.',
    rights: {},
    fields: { reason: 'u32' },
  },
  memory_object_futex_granted: {
    id: 2230,
    from: 'pager',
    since: 1,
    when:
      'The kernel has the futex from now on, by the grant `gen`, which is greater than any before of this futex. `state`: 0 clean, 1 its ' +
      'last owner died. `recall`: it is wanted back already: as if `relinquish_futex` followed.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', gen: 'u64', state: 'u8', recall: 'bool' },
  },
  memory_object_futex_failed: {
    id: 2231,
    from: 'pager',
    since: 1,
    when:
      'The kernel does not get the futex: EAGAIN (NOQUEUE, and it is not free), ENOTRECOVERABLE (for good), KERN_ABORTED (cancelled), ' +
      'KERN_INVALID_ARGUMENT (it has it, or has asked for it), KERN_MEMORY_ERROR (there is none at this offset), ' +
      'KERN_RESOURCE_SHORTAGE. The last two answer a `futex_wait`, too.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', code: 'code' },
  },
  memory_object_relinquish_futex: {
    id: 2232,
    from: 'pager',
    since: 1,
    when:
      'Somebody else wants the futex that the kernel has by the grant `gen`: it gives it back at once (`futex_released`) if no task has it ' +
      'locked, else when that task unlocks, never to another of its tasks. At most once for a grant. A kernel that has it not, or by ' +
      'another grant, ignores it. `budgetMs` not 0: after that many milliseconds it is taken away.',
    rights: {},
    fields: { offset: 'u64', gen: 'u64', budgetMs: 'u32' },
  },
  memory_object_futex_fenced: {
    id: 2233,
    from: 'pager',
    since: 1,
    when: 'The futex was taken away: what comes by this grant is refused from now on, and nothing is to be given back.',
    rights: {},
    fields: { offset: 'u64', gen: 'u64' },
  },
  memory_object_futex_waiting: {
    id: 2234,
    from: 'pager',
    since: 1,
    when: 'Answers `futex_wait`: wakeups reach this kernel from now on.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64' },
  },
  memory_object_futex_woken: {
    id: 2235,
    from: 'pager',
    since: 1,
    when:
      'A task of another kernel woke sleepers on this word: the oldest of this kernel’s, or all (`broadcast`). Answer ' +
      '`futex_wake_completed`; where nobody was woken the next kernel is asked.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', broadcast: 'bool' },
  },
  memory_object_get_attributes: {
    id: 2227,
    from: 'pager',
    since: 1,
    when: 'A call: the reply, a RAW message on the reply right, has the fields of `memory_object_attributes`.',
    rights: {},
    fields: {},
  },
  memory_object_attributes: {
    id: 2228,
    from: 'kernel',
    since: 1,
    when: 'The reply to `get_attributes`; it goes to the reply right, and its `routine` is 0.',
    rights: {},
    fields: { ready: 'bool', mayCache: 'bool', copyStrategy: 'u8' },
  },
} as const satisfies Record<string, XpSpec>;
