// @ts-check
import { FREE, MOST_OWNER, ownedBy, SHUT, slow } from '../../dist/src/lock/index.js';
import { FUTEX_GEN, FUTEX_USES, futexAt, FUTEXES } from '../../dist/src/vm/layout.js';
import { FUTEX_FLAG } from '../../dist/src/wire/index.js';

/** Rows of the table of what kernel calls do. */
export const FUTEX_CALLS = `| \`vm_futex_lock\` | the futex of the word at \`address\`: one and the same for all who map that word, wherever. \`flags\`: ${FUTEX_FLAG.TIMED} \`msec\` counts, ${FUTEX_FLAG.NOQUEUE} do not wait. Answered when the task has it: with 0, or with EOWNERDEAD, by which it has it, too, from one that died while it had it; \`gen\` is the grant by which it has it, \`word\` the byte of the object’s memory at which its word is, [below](#memory-without-calls), for good (0: it has none: ask by calls) |
| \`vm_futex_unlock\`, \`vm_futex_consistent\` | by who has it; \`gen\` as \`vm_futex_lock\` told, or 0: whatever it is. \`consistent\`: what the owner that died left behind is repaired. Who unlocks without saying so makes the futex ENOTRECOVERABLE for all, for good |
| \`vm_futex_fenced\` | answered with 0 when this grant is revoked: what the task had locked by it is locked by others. It ends with the hold: KERN_INVALID_ADDRESS when the task unmaps the word, EPERM when it has unlocked it (by the word: with the next that is done with the futex; \`vm_cancel\` before), KERN_MEMORY_ERROR when the pager has gone, and nobody can revoke it |
| \`vm_futex_wait\` | sleeps if the word is \`v1\` (flag ${FUTEX_FLAG.QUAD}: and the next one \`v2\`); answered with 0 when it is woken. Flag ${FUTEX_FLAG.SHARED}: by any task that maps the word; without it only at this address of this task. ${FUTEX_FLAG.TIMED}: \`msec\` counts |
| \`vm_futex_wake\` | wakes the oldest sleeper, with flag ${FUTEX_FLAG.BROADCAST} all; flag ${FUTEX_FLAG.MUTATE} stores \`value\` before that. Nobody sleeping is no error, and nothing is remembered. Flag ${FUTEX_FLAG.SHARED} as above |
| \`vm_futex_requeue\` | moves one sleeper (flag ${FUTEX_FLAG.BROADCAST}: all) from \`source\` behind those of \`target\`; \`wakeOne\`: the oldest is woken before that. Those of other brokers are not moved, but woken: with flag ${FUTEX_FLAG.BROADCAST} all, else one, if nobody slept here |`;

/** Rows of the table of codes. */
export const FUTEX_CODES = `| \`vm_futex_…\` | KERN_INVALID_ADDRESS: a hole, no multiple of 4, two words that lie in two pages; of \`wait\`, \`wake\` and \`requeue\` also: not to be read. KERN_PROTECTION_FAILURE: not to be read and written (\`lock\`), not to be written (flag ${FUTEX_FLAG.MUTATE}). KERN_MEMORY_ERROR: the page does not come; or the pager has failed or gone. KERN_RESOURCE_SHORTAGE: \`futexes\`, \`futexesPerTask\`, \`vmCalls\`, or the pager has no room; while they wait KERN_INVALID_ADDRESS: the word is unmapped, KERN_TIMEDOUT, KERN_INTERRUPTED (\`vm_cancel\`) |
| \`vm_futex_lock\` | EDEADLK: the task has it. EAGAIN: flag ${FUTEX_FLAG.NOQUEUE}, and another has it. EOWNERDEAD: see above. ENOTRECOVERABLE. EFENCED: what the task had was revoked; told once |
| \`vm_futex_unlock\`, \`vm_futex_consistent\`, \`vm_futex_fenced\` | EFENCED: it was revoked. EPERM: the task has it not, or not by that grant. \`consistent\`: EINVAL: there was nothing to repair |
| \`vm_futex_wait\` | KERN_INVALID_ARGUMENT: the word differs, which is looked at even where \`msec\` are over before it is there |`;

/** The section on what kernels and pagers say to each other. */
export const FUTEXES_OF_PAGERS = `## Futexes of several kernels

A futex is an offset of an object. Its pager has it, and lends it to kernels, one at a time; a kernel that has it hands it
on among its own tasks, and keeps it when nobody uses it. All this is apart from the pages: a page may leave while its
futex stays. \`state\` is what the last owner left: 0 clean, 1 it died, 2 not recoverable.

**The pager**, for each futex: the holder, its \`gen\`, a queue of kernels, the \`state\`.

| on | then |
| --- | --- |
| \`lock_futex\` | \`state\` is 2: \`futex_failed\` ENOTRECOVERABLE. Nobody has it: \`futex_granted\`. Else into the queue (with flag 1: \`futex_failed\` EAGAIN instead), and in both cases \`relinquish_futex\` to the holder, if it has not been told yet. From a kernel that has it, or is in the queue: \`futex_failed\` KERN_INVALID_ARGUMENT |
| \`futex_granted\` | a \`gen\` higher than any before; \`recall\` true if the queue is not empty then, or if it wants it back after each use: that is the \`relinquish_futex\` |
| \`futex_released\` | of the holder, with the \`gen\` that it has: \`state\` is what it says, and the first of the queue gets it; with 2 the whole queue fails with ENOTRECOVERABLE. Any other is ignored |
| \`cancel_futex\` | of one in the queue: out, and \`futex_failed\` KERN_ABORTED. Any other is ignored: its answer is on its way |
| the kernel terminates the object, or dies | out of the queue. If it has the futex: \`state\` is 1, and the first of the queue gets it |
| it revokes a grant (a pager may, some time after it asked for it) | \`futex_fenced\` to the holder, which has it no longer; \`state\` is 1, and the first of the queue gets it |

**The kernel**, for each futex: what of it is asked for, which \`gen\` it has, which task owns it, a queue of its tasks.

| on | then |
| --- | --- |
| a task wants it | it has it, and nobody uses it: the task owns it, and nobody is told. Else into the queue; \`lock_futex\` if it has it not and has not asked for it. Who does not want to wait: \`lock_futex\` with flag 1 in that case, else EAGAIN at once |
| \`futex_granted\` | with the \`reqId\` of what it asked for: the first of the queue owns it. Is the queue empty, it keeps it all the same; or gives it back at once, with \`recall\`. With \`state\` 2 all of the queue are told ENOTRECOVERABLE, and it goes back |
| \`futex_failed\` | of what it asked for. EAGAIN: who did not want to wait is told; for those who came behind it asks anew. KERN_ABORTED, after it cancelled: the same. Any other code: all of the queue are told |
| the owner unlocks | it is not recalled: the first of the queue owns it, or it is kept. It is recalled: \`futex_released\`, never another of its own tasks; and if the queue is not empty, \`lock_futex\` behind that |
| \`relinquish_futex\` | with the \`gen\` that it has: \`futex_released\` if no task owns it, else when that one unlocks. With another, or while it has it not: ignored; it has crossed what it asks for |
| the owner dies, or unmaps the word | \`state\` is 1 from now on; else as if it had unlocked. The next owner is told, until one says that it is repaired (0) or unlocks without that (2: all who wait are told, and \`futex_released\`) |
| nobody of the queue is left | \`cancel_futex\`, if it is asked for; it may do without |
| \`futex_fenced\` | with the \`gen\` that it has: it has it no longer, nothing goes back; the owner is told. Is the queue not empty, \`lock_futex\` |
| it needs the room, or terminates the object | \`futex_released\`, before \`terminate\`; what is asked for is waited for |
| the pager dies | who waits is told; the owner goes on having it, and nobody gets it after that |

**Sleepers.** Before a kernel compares a word on which one of its tasks wants to sleep, it says \`futex_wait\`, and waits for
\`futex_waiting\`; once for all that follow. (It may look before that: where the word differs nobody is going to sleep.) A kernel whose task wakes, and that has woken nobody itself, or shall wake all,
says \`futex_wake\` after the store. The pager says \`futex_woken\` to the other kernels that said \`futex_wait\`: to all,
or to one after the other until one answers \`futex_wake_completed\` with \`woke\` (a kernel that dies, or terminates the object, has
woken nobody). Who answers without \`waits\` is told no more before its next \`futex_wait\`. So of a store and a comparison, one
sees the other. \`futex_failed\` with the \`reqId\` of a \`futex_wait\`: who is about to sleep gets its code.`;

/** Rows of the table of an object's memory. */
export const FUTEX_MEMORY = `| \`${futexAt(0)} + ${futexAt(1) - futexAt(0)} n\` for each n below ${FUTEXES} | u32: the word of a futex; which, \`vm_futex_lock\` tells (\`word\`) |
| \`${futexAt(0) + FUTEX_GEN} + ${futexAt(1) - futexAt(0)} n\` | u64: the \`gen\` by which its owner has it, or gets it if the word is free |
| \`${futexAt(0) + FUTEX_USES} + ${futexAt(1) - futexAt(0)} n\` | u32: how often tasks took it without a call; who has just taken it adds 1 |`;

/** How a futex is had without a call. */
export const FUTEX_WORD = `**A futex without a call.** It takes a mapping, and a task whose number (\`task\` of \`welcome\`) is at most ${MOST_OWNER}; else
there are the calls.

| a word | |
| --- | --- |
| ${SHUT} | the broker has it not, or keeps it for somebody: call |
| ${FREE} | free |
| ${ownedBy(0)} + ${ownedBy(1) - ownedBy(0)} t | the task t has it |
| ${slow(ownedBy(0))} + ${ownedBy(1) - ownedBy(0)} t | the same, and unlocks by a call: others wait, or there is something to repair |

To lock: load the \`gen\`; compare-exchange ${FREE} to ${ownedBy(0)} + ${ownedBy(1) - ownedBy(0)} t; load your version, and the \`gen\` again. If the version is
what \`vm_region\` answered, and the \`gen\` is the same, the task has it by that \`gen\`. Else it was unmapped, or taken away while
you were stopped: compare-exchange ${ownedBy(0)} + ${ownedBy(1) - ownedBy(0)} t to ${FREE} (if that fails, \`vm_futex_unlock\` with \`gen\` 0), and call
\`vm_futex_lock\`. To unlock: if the \`gen\` is the one by which you have it, compare-exchange ${ownedBy(0)} + ${ownedBy(1) - ownedBy(0)} t to ${FREE}. If that
fails, or the \`gen\` is another, \`vm_futex_unlock\` with yours. Only the broker writes anything else.`;
