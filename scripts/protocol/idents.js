/** The part of docs/protocol.md about sleep and wakeup between tasks. */
export const SLEEP_AND_WAKEUP = `## Sleep and wakeup

Tasks sleep on ports and on words of memory objects that they share, in the order in which they came, and wake each
other. The queues are the broker's; a sleeper is a number that its task chose, and has one place.

1. \`sleep_ident\` answers the broker's number for what is meant: the port that the caller has a send or receive right
   to under \`name\`; or, with \`name\` 0, the four bytes at \`address\`, a multiple of 4, whose page comes in first. All
   who have the port, or map the word at whatever address, get the same number. It is the task's until
   it has said \`sleep_forget\` as often as it was given it, which wakes what the task has asleep there.
2. \`sleep_prepare\` puts \`sleeper\` at the end of the ident's queue, out of where the task had it before. The answer
   comes when no wakeup can pass it by any more: not from tasks of other brokers either. Only then the task lets go of
   what protects the thing it waits for. \`sleep_asleep\` (or \`asleep\`, where both are one step) says that it sleeps now.
   \`sleep_remove\` takes it out, from whatever it waits for. It is in the queue before the answer: so \`woken\` may come
   first. The answer comes all the same, whatever else the task has done with the sleeper or the ident meanwhile.
3. \`sleep_wakeup\` takes out all sleepers of this \`domain\`; with \`one\` the first that is asleep, and those before it
   that are only prepared. \`woken\` tells each task its own, by number, once. It is answered when all who have to know
   have been told. A wakeup with nobody there is forgotten.

A sleeper that was woken, or whose ident has ended, is in no queue: \`woken\` may cross a \`sleep_remove\`. Sleepers
of a port that dies, of an object whose pager goes, or of a task that maps the word no more, or may not read it, are
woken, and can then not be prepared there again.

| call | codes |
| --- | --- |
| \`sleep_ident\` | of a port: KERN_INVALID_NAME; KERN_INVALID_RIGHT: no send or receive right; MACH_SEND_INVALID_DEST: it is dead. Of a word those of \`vm_read\`, and KERN_INVALID_ADDRESS: no multiple of 4. KERN_RESOURCE_SHORTAGE: \`idents\`, \`vmCalls\` |
| \`sleep_prepare\` | KERN_INVALID_ARGUMENT: not an ident of the task. KERN_INVALID_ADDRESS: the task maps the word no more, or may not read it. MACH_SEND_INVALID_DEST: the port has died. KERN_MEMORY_ERROR: the object's pager has gone. KERN_RESOURCE_SHORTAGE: \`sleepers\`, or the pager can remember no more. The sleeper is in no queue then |
| \`sleep_wakeup\`, \`sleep_forget\` | KERN_INVALID_ARGUMENT: not an ident of the task. Of a wakeup KERN_RESOURCE_SHORTAGE: \`sleepers\` calls of the task wait for a pager |
| \`sleep_asleep\`, \`sleep_remove\` | always 0: it may have been woken meanwhile |

The interest table is a file without a name, \`/proc/PID/fd/FD\` as \`sleep_ident\` tells it, for tasks to read. The u32
at the byte \`word\` is 0 while nobody sleeps on the ident or is prepared, nor on those that have the same word, at this broker or at others:
who has changed what sleepers wait for, and then finds 0 there, need not ask for a wakeup. Loads are sequentially
consistent. \`pid\` 0: ask always.`;
