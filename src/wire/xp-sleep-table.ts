import type { XpSpec } from './xp-spec.ts';

/**
 * The messages between kernels and pagers about sleep and wakeup (lwkt.md §2): what is slept for is an offset of the object (a multiple of
 * 4) with a domain. They are rows of the XP table as all others.
 */
export const SLEEP_MESSAGES = {
  memory_object_interest: {
    id: 2216,
    from: 'kernel',
    since: 2,
    when:
      'Tasks of this kernel are about to sleep there. Wakeups of other kernels come as `woken` from now on, until one is answered with ' +
      '`sleeps` false. Answer `interest_completed`, once no other kernel can miss that. At most one is on its way for an offset and domain.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32' },
  },
  memory_object_interest_noted: {
    id: 2217,
    from: 'kernel',
    since: 2,
    when: 'Answers `interest_elsewhere`: whoever wakes sleepers at this kernel from now on goes by what it said.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32' },
  },
  memory_object_wakeup: {
    id: 2218,
    from: 'kernel',
    since: 2,
    when:
      'A task of this kernel wakes all who sleep there, or (`one`) one of them, of whom there is none at this kernel. Only while ' +
      '`interest_elsewhere` says that there may be others.',
    rights: { control: 'send' },
    fields: { offset: 'u64', domain: 'u32', one: 'bool' },
  },
  memory_object_woken_completed: {
    id: 2219,
    from: 'kernel',
    since: 2,
    when:
      'Answers `woken`. `woke`: somebody who slept was woken. `sleeps` false: the wakeup found nobody at all, nobody is about to sleep, ' +
      'and the kernel need not be told of the next. `reqId` 0: unasked, to say so.',
    rights: { control: 'send' },
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32', woke: 'bool', sleeps: 'bool' },
  },
  memory_object_interest_completed: {
    id: 2236,
    from: 'pager',
    since: 2,
    when:
      'Answers `interest`. No code: no wakeup that begins from now on, at whichever kernel, passes by those who sleep here. ' +
      'KERN_RESOURCE_SHORTAGE: too many to be remembered. KERN_INVALID_ARGUMENT: it has asked already. KERN_MEMORY_ERROR: nobody sleeps ' +
      'at this offset.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32', code: 'code' },
  },
  memory_object_interest_elsewhere: {
    id: 2237,
    from: 'pager',
    since: 2,
    when:
      'Whether other kernels may have sleepers there, where nothing was said: no. Answer `interest_noted` once every task of this kernel ' +
      'that begins a wakeup goes by it. The next about this offset and domain comes after that answer.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32', on: 'bool' },
  },
  memory_object_woken: {
    id: 2238,
    from: 'pager',
    since: 2,
    when:
      'A task of another kernel wakes all who sleep there, or (`one`) the one who has slept longest. Answer `woken_completed`; with `one` ' +
      'the next kernel is asked if nobody was woken.',
    rights: {},
    fields: { reqId: 'u64', offset: 'u64', domain: 'u32', one: 'bool' },
  },
} as const satisfies Record<string, XpSpec>;
