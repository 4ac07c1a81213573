// @ts-check
import { DEAD_NAME, DISP, MAX_QLIMIT } from '../../dist/src/kernel/types.js';
import { COPY_STRATEGY, VM_PROT, XP_MESSAGES } from '../../dist/src/wire/index.js';
import { code, fields, numbers, table } from './markdown.js';

export const KERNELS_AND_PAGERS = `## Kernels and pagers

A pager is a task whose ports are memory objects: which object a message is about, the port tells that it came to. A
kernel is whoever sends \`memory_object_init\` to such a port: a broker, when one of its tasks maps the object with
\`vm_map\`, or any task. The messages between them are one-way \`send\`s with the flag RAW; \`header.routine\` is the
number below, the body the fields, and the rights are the descriptors from the third on, in the order given: 'send'
made with disposition ${DISP.MAKE_SEND}, 'receive' with ${DISP.MOVE_RECEIVE}. A message with another number, other
fields or another count of rights is dropped, and nobody is told: the diagnostics channel \`easync:xp\` of a process
of easync shows what it sends, what it hears, and what it drops. A kernel sends to the object's port, and a pager
to the control port that it got with \`init\`. **Each message of a kernel carries a send right to its control port**: the name under which
it arrives tells which kernel speaks, and nobody else can speak for it. (It is one more reference each time: give it
back.) What one side sends about one object arrives in that order; between the two directions there is none. Handle
the messages about one object in the order in which they come; report them as \`taken\` soon, and let the port's queue
be ${MAX_QLIMIT} long.

Accesses, and locks, which are accesses that are forbidden, are bits: ${bits(VM_PROT)}. A lock of ${VM_PROT.NO_CHANGE}
leaves the lock as it is. A copy strategy is ${numbers(COPY_STRATEGY)}. Offsets and lengths are bytes of the object,
and whole pages of the \`pageSize\` that the kernel told. \`reqId\` is the sender's number for what it asks, counted
per object and kernel; the answer repeats it.

${table(
  ['number', 'from', 'message', 'rights', 'fields', 'when'],
  Object.entries(XP_MESSAGES).map(([kind, spec]) => [
    spec.id,
    spec.from,
    code(kind),
    fields(spec.rights),
    fields(spec.fields),
    spec.when,
  ]),
)}

**The life of an object at one kernel:**

| on | then |
| --- | --- |
| \`init\` | \`ready\`, before which the kernel asks for nothing; or \`destroy\` |
| the last unmapping | nothing, if \`mayCache\` and a page is there; else all dirty and precious pages are returned (with TEMPORARY only the precious ones), then \`terminate\` |
| \`change_attributes\` without \`mayCache\`, while nobody maps it | the same, then \`change_completed\` |
| \`destroy\` | \`terminate\`, and nothing is returned; who needs the pager gets KERN_MEMORY_ERROR, as when it dies |
| \`terminate\` | both ports are the pager's to destroy (\`port_destroy\`), with what it sent there and nobody read. Nothing that it has asked of this kernel is answered any more. The kernel may \`init\` again, with new ports |
| the kernel dies | its control port is a dead name: the same. What it could write is what it returned last. If the pager's connection to a broker ends, all kernels that came by it are dead: no notification says so |
| the pager dies | the object's port is a dead name: who waits for the pager, or needs it later, gets KERN_MEMORY_ERROR. Resident pages stay as they are. So it is for a kernel whose own connection ends |

What was sent before a death counts: have the notification come to the port to which the other side sends, and it comes
last. (Of a message that still waits in the queue when its kernel dies, the control port arrives as
0x${DEAD_NAME.toString(16)}, and nobody can tell whose it was.)

**A page in a kernel:** none → \`data_request\` → requested → \`data_supply\` or \`data_unavailable\` → resident →
\`data_return\` → none.

| | |
| --- | --- |
| \`data_request\` | of one page at a time, never of one that is requested, and at most 51 out per object. \`access\` is ${VM_PROT.READ} for reading and ${VM_PROT.READ | VM_PROT.WRITE} for writing. A kernel does not know how long an object is: \`data_error\` answers what lies beyond |
| \`data_supply\` | makes pages resident, also such as are none. At one that is resident it stops: KERN_MEMORY_PRESENT |
| \`data_unavailable\`, \`data_error\` | for pages that are requested, by that \`reqId\` or (0) any. What \`data_unavailable\` makes has no lock, and \`gen\` 0 |
| \`data_unlock\` | once per access, until a \`lock_request\` that sets a lock comes, whatever it sets |
| \`lock_request\` | for pages that are resident: restrict, then return, then flush. A flush that does not return forgets what was written. What was returned and stays is clean. \`lock_completed\` comes last, also if there was no page |
| \`data_return\` | of neighbours together, at most 32 pages, of one \`gen\`, all dirty or none |
| eviction | dirty and precious pages are returned; a clean one that is not precious vanishes without a word: who counts copies counts those that may be there |
| numbers | only \`data_unavailable\` and \`data_error\` heed their \`reqId\`; that of a \`data_supply\`, which may be unasked for, and the \`answers\` of a \`lock_request\` are for who reads along |
| a \`lock_request\` whose length is no whole number of pages | it is rounded up; \`lock_completed\` tells it as it was asked |
| other offsets and lengths that are no whole pages, bits that are no access, an unknown copy strategy | the message is dropped, without an answer |

**Several kernels** see one memory if the pager lets one kernel write a page or several read it: before a kernel gets
to write, \`lock_request\` with \`shouldFlush\` and \`shouldReturn\` 1 goes to all others that may have the page, and
their \`lock_completed\` is waited for; before one gets to read what another may write, \`lock_request\` with
\`shouldReturn\` 1 and lock ${VM_PROT.WRITE} goes to that one, and its \`lock_completed\` is waited for. Requests for
one page are answered one after the other. The new copy has what came back. A pager
that supplies pages unasked takes back a page, too, from the kernel that asks for it and may write it already: it may
have got it otherwise meanwhile, have changed it, and be giving it up. Each grant (\`data_supply\`,
\`lock_request\` with a weaker lock) has a \`gen\`, higher than any before it of this object; \`data_return\` and
\`data_unlock\` tell the \`gen\` that the kernel has the page by, so that a pager can refuse what comes of a grant
that it has taken back. Only of such: while a newer grant is on its way, a kernel returns by the one before it.`;

/** @param {typeof VM_PROT} record */
function bits({ READ, WRITE, EXECUTE }) {
  return numbers({ READ, WRITE, EXECUTE });
}
