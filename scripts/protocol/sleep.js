// @ts-check

/** The section on what kernels and pagers say to each other about sleep and wakeup. */
export const SLEEP_OF_PAGERS = `## Sleep and wakeup of several kernels

Tasks sleep for a place: an offset of an object (a multiple of 4) and a \`domain\`, a number; places with other domains have nothing to
do with each other. Somebody changes something in the object, and then wakes those who sleep there. Nothing is remembered of a wakeup.
The queues of those who sleep are the kernels' own. A kernel tells others of a wakeup only if they have sleepers there: it
knows by its **interest flag** for the place, which its tasks may read themselves, as the last thing before they would wake. A
wakeup while the flag is off, at a kernel where nobody sleeps, is that one look.

Who sleeps says so first (it **prepares**), is told when that is so, then looks whether there is something to wait for, and then sleeps.
The rule is: once a task has been told that it is prepared, no wakeup that begins from then on, at whichever kernel, passes it by. So

1. the first task of a kernel A prepares: A says \`interest\`, and does not tell the task yet;
2. the pager writes down that A has sleepers there, and says \`interest_elsewhere\` with \`on\` true to every other kernel that has said
   \`init\` and does not know it yet;
3. each of them sets its flag, and then answers \`interest_noted\`: a task of it that looks from now on sees the flag;
4. when all of them have answered, or have gone, the pager says \`interest_completed\` to A; A tells the task;
5. a task of a kernel B wakes: it sees the flag, and asks B, which wakes those who sleep at B itself, and says \`wakeup\`;
6. the pager says \`woken\` to A, which takes sleepers out of its queue and answers \`woken_completed\`.

From 4 on A tells its tasks at once that they are prepared, without a message, until it has answered a \`woken\` with \`sleeps\` false.
A pager that leaves \`interest\` unanswered, as one that was written from a page before 1.2, makes who prepares wait until it is gone, at its
only kernel too.

**The pager**, for each place: the kernels that have sleepers, oldest first; their \`interest\`s that are not answered; of each kernel
what it was told last and whether it has noted that; the wakeups that are not answered. A kernel has to know if there is
another one that has sleepers.

| on | then |
| --- | --- |
| \`interest\` | the kernel has sleepers from now on. Those that have to know and were not told are told. Answered when all other kernels know, those that join meanwhile too; with a code: none. Refused at once: KERN_INVALID_ARGUMENT, its last is not answered; KERN_MEMORY_ERROR, there is no such offset; KERN_RESOURCE_SHORTAGE |
| \`interest_noted\` | with the \`reqId\` of what that kernel was told last: it knows. Should it have to know otherwise by now, it is told that, with a new \`reqId\`: never two at a time. Any other is ignored |
| \`wakeup\` of all | \`woken\` to all other kernels that have sleepers; to one that has not answered the last such, when it has, once however many came |
| \`wakeup\` of one | \`woken\` to the first other kernel that has sleepers; if that answers without \`woke\`, to the next of those there were. With too many of these not answered, all may be woken instead |
| \`woken_completed\` without \`sleeps\` | the kernel has no sleepers any more, until its next \`interest\`; of one whose \`interest\` is not answered that is ignored. Kernels that need not know any more are told, with \`on\` false |
| \`init\` | before \`ready\`: \`interest_elsewhere\` for each place that has sleepers. Before \`ready\` no task of that kernel can change what is in the object |
| the kernel terminates the object, or dies | it has no sleepers; it has noted everything; it has woken nobody, so that a wakeup of one goes on to the next |

**The kernel**, for each place: whether wakeups reach it (no, asked for, yes), and whether others have sleepers.

| on | then |
| --- | --- |
| a task prepares | wakeups reach it: the task is told at once. Else \`interest\`, if it is not asked for, and the task is told with \`interest_completed\`; a code of that is the task's |
| a task wakes all | those who sleep here, in any case. Then, if others have sleepers, \`wakeup\` |
| a task wakes one | the one here who has slept longest. If there was none, and others have sleepers, \`wakeup\` |
| \`woken\` | the same here, and with no \`wakeup\`; then \`woken_completed\`. \`woke\`: one was woken who slept; who is only prepared is taken out of the queue and does not count, as he may decide not to sleep. \`sleeps\` is true if the wakeup found anybody, so that to sleep and be woken in turns takes no \`interest\` each time; if others sleep here or are prepared; and if \`interest\` is asked for. Else wakeups do not reach it any more |
| \`interest_elsewhere\` | the flag, for all tasks to see, and then \`interest_noted\` |
| nobody sleeps there, and it needs the room | \`woken_completed\` with \`reqId\` 0 and without \`sleeps\`. A kernel that has no room to remember where others sleep tells all wakeups of that object |
| it terminates the object, or the pager dies | all who sleep are woken, to look for themselves; who was about to is told KERN_MEMORY_ERROR, or KERN_INVALID_ADDRESS; all flags are off |

The order on each of the two ways is what this rests on. A \`woken\` that has crossed a \`woken_completed\` without \`sleeps\` is
answered in the same way; so a kernel that asks anew is heard anew, for its \`interest\` comes behind all of these answers.
`.trimEnd();
