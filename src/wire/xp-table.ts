import { FUTEX_MESSAGES } from './xp-futex-table.ts';
import { SLEEP_MESSAGES } from './xp-sleep-table.ts';
import type { XpSpec } from './xp-spec.ts';

/** Bits of an access, and of a lock, which is the accesses that are forbidden. */
export const VM_PROT = { NONE: 0, READ: 1, WRITE: 2, EXECUTE: 4, ALL: 7, NO_CHANGE: 8 } as const;

/** What a kernel does to have its own copy of an object (pager.md P17). */
export const COPY_STRATEGY = { NONE: 0, CALL: 1, DELAY: 2, TEMPORARY: 3 } as const;

/** Which pages a `lock_request` has returned: none, those that were changed, those and the precious ones. */
export const SHOULD_RETURN = { NONE: 0, DIRTY: 1, ALL: 2 } as const;

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
  ...FUTEX_MESSAGES,
  ...SLEEP_MESSAGES,
} as const satisfies Record<string, XpSpec>;
