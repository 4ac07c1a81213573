import type { XpSpec } from './xp-spec.ts';

/** What a futex is handed on with: its last owner unlocked it, or died while it had it; or one gave it up without repairing that. */
export const FUTEX_STATE = { CLEAN: 0, OWNER_DIED: 1, NOT_RECOVERABLE: 2 } as const;

/** Flags of `memory_object_lock_futex`. NOQUEUE: fail with EAGAIN if it is not free, and have it recalled all the same. */
export const LOCK_FUTEX = { NOQUEUE: 1 } as const;

/** The messages between kernels and pagers about futexes (pager.md §2.2, §2.8). They are rows of the XP table as all others. */
export const FUTEX_MESSAGES = {
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
} as const satisfies Record<string, XpSpec>;
