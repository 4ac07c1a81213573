// @ts-check
// Prints docs/protocol.md, made from the tables that the built code runs on. `--write` puts it in its place.
import { writeFileSync } from 'node:fs';
import { FIELD_CODECS } from '../dist/src/wire/field-types.js';
import { Bootstrap, HostPort } from '../dist/src/driver/index.js';
import { accessAt, dirtyAt, pinAt, SLOTS, versionAt } from '../dist/src/vm/layout.js';
import { FORM, pack } from '../dist/src/wire/body-bytes.js';
import { PATCH } from '../dist/src/wire/body-patch.js';
import {
  COPY_STRATEGY,
  DESCRIPTOR_BYTES,
  FLAG,
  HEADER_BYTES,
  HEADER_LAYOUT,
  MESSAGES,
  PROTOCOL,
  VM_PROT,
  XP_MESSAGES,
} from '../dist/src/wire/index.js';
import { HEADER_VERSION } from '../dist/src/wire/header.js';
import { DEAD_NAME, DEFAULT_QLIMIT, DISP, MAX_QLIMIT, NOTIFY, RIGHT, TYPE } from '../dist/src/kernel/types.js';
import { DEFAULT_LIMITS } from '../dist/src/limits.js';
import { FUTEX_CALLS, FUTEX_CODES, FUTEX_MEMORY, FUTEX_WORD, FUTEXES_OF_PAGERS } from './protocol-futex.js';
import { SLEEP_AND_WAKEUP } from './protocol-idents.js';
import { SLEEP_OF_PAGERS } from './protocol-sleep.js';
import { checkInExample, dataRequestExample, helloExample } from './protocol-example.js';

const HEADER_MEANING = {
  version: `${HEADER_VERSION}; a frame of another version ends the connection`,
  kind: 'the message, by its id in the tables below',
  flags: 'bits, see below',
  route: 'which of the tasks that share the link; 0 is the process’s own',
  sequence: 'on what the broker hands out: the sequence number of the port it arrived on',
  callId: 'chosen by the task, another one for each send or kernel call that is not over; what answers it carries it',
  routine:
    'on a typed request: the number of the routine, a hash of `subsystem.routine`; 0 is a ping, 1 asks what the subsystem is',
  descriptorCount: 'descriptors after the extensions',
  extensionBytes: 'bytes of extensions after the header',
  deadline: 'when the caller stops waiting, in milliseconds since the epoch; 0: never',
  user: 'who waits for this call; 0: nobody in particular',
  trace: 'names the chain of calls this one belongs to; zeros: none',
};

/** Behind its form. */
const UNDEFINED = pack(FORM.TREE, undefined).subarray(1);

const FLAG_MEANING = {
  ACK: '`send`: answer with `sent` also when the message was queued',
  POLL: '`send`: never wait for room in the queue',
  ABORTED: '`deliver`, `received`: the caller asked for an abort while the message was queued',
  NOTIFY: '`send`: if the queue is full, arm the send-possible request on the name of the destination',
  CANCEL:
    '`send`: before the other descriptors comes a receive right that is not told if the destination’s name is deleted',
  RAW: 'from end to end: the body is bytes that no codec touched',
  FAILED: 'from end to end: a reply whose body is an error',
  BARRIER: 'from end to end: the receiving task answers it itself when its turn comes, and no server sees it',
};

const DISP_MEANING = {
  MEMORY: ['', 'out-of-line memory, see above'],
  MOVE_RECEIVE: ['a receive right', 'goes; send rights under the same name stay'],
  MOVE_SEND: ['a send right', 'one reference of it goes'],
  MOVE_SEND_ONCE: ['a send-once right', 'goes'],
  COPY_SEND: ['a send right', 'stays; one more is made of it'],
  MAKE_SEND: ['a receive right', 'stays; a send right is made of it'],
  MAKE_SEND_ONCE: ['a receive right', 'stays; a send-once right is made of it'],
};

const NOTIFY_MEANING = {
  PORT_DELETED: 'the `name` that a 72 was asked for is gone, and its port is not dead',
  SEND_POSSIBLE: 'there is room in the queue of the port that `name` sends to',
  PORT_DESTROYED: 'the receive right of a port that somebody gave up: descriptor 2',
  NO_SENDERS: 'nobody has a send right to the port any more',
  SEND_ONCE: 'a send-once right that was made here was destroyed: no reply will come',
  DEAD_NAME: 'the port behind `name` is dead',
};

const FIELD_MEANING = {
  u64: 'at most 2^53 − 1',
  bool: '0 or 1',
  str: 'u16 length, then UTF-8',
  u32s: 'u32 count, then that many u32',
  right: 'u8 disposition, u32 name: a right that is named, not carried',
  code: 'u8 length, then an error code in ASCII; empty: success',
  handled: '0 nothing to say, 1 `no`, 2 `maybe`',
  rest: 'everything to the end of the body',
};

const page = `# Protocol

Version ${PROTOCOL.major}.${PROTOCOL.minor}. This page is made from \`src/wire/table.ts\` and its neighbours by
\`node scripts/protocol-doc.js --write\`; a test compares. A pager and a kernel that were written from it alone are
in \`test/protocol/second/\`.

For somebody who debugs a link, or builds a peer. It is told from the sender's side. Numbers are little-endian.

A broker listens on a Unix socket: that of \`easync broker --socket\`, often in \`EASYNC_SOCKET\`, or else
\`$XDG_RUNTIME_DIR/easync/NAME.sock\` (\`/tmp/easync-UID/NAME.sock\` without that variable; \`broker.sock\` if it has
no name). A connection is a task. A process may have several, to one broker or to several.

## Frames

On a byte stream a frame is preceded by its length, a u32 that does not count itself. A frame is a header of
${HEADER_BYTES} bytes, extensions, descriptors of ${DESCRIPTOR_BYTES} bytes each, the body, and out-of-line memory: at
most ${DEFAULT_LIMITS.frameBytes} bytes, if the broker was given no other [limit](limits.md).

${table(
  ['byte', 'field', 'type', 'meaning'],
  rowsOf(HEADER_LAYOUT, (name, { at, type }) => [at, code(name), type, HEADER_MEANING[name]]),
)}

A plain peer sends zeros for \`route\`, \`sequence\`, \`extensionBytes\`, \`deadline\`, \`user\` and \`trace\`.

An **extension** is a u16 type, a u16 length and that many bytes; a peer skips types it does not know. A
**descriptor** is a right: u8 \`1\`, u8 disposition, u16 zero, u32 name. What a task sends is its own name for the
right and what to do with it; what it gets is the name it now has, and one of the \`MOVE\` kinds. Disposition 0 and
name 0 are none, where there has to be a descriptor. With disposition ${DISP.MEMORY} it is **out-of-line memory**: the
name is its length, and its bytes lie behind the body, in the order of their descriptors. The length \`0xffffffff\` is
memory that is not there: no bytes come for it. What the descriptors announce and what the frame has must agree; the
body is what is left.

${table(
  ['bit', 'flag', 'meaning'],
  rowsOf(FLAG, (name, bit) => [`0x${bit.toString(16)}`, code(name), FLAG_MEANING[name]]),
)}

${table(
  ['disposition', '', 'the sender names', 'which'],
  rowsOf(DISP, (name, number) => [number, code(name), ...DISP_MEANING[name]]),
)}

## Fields

The body of everything but \`send\` and \`deliver\` is its fields, one after the other, and nothing behind them.

${table(
  ['type', 'bytes', 'meaning'],
  rowsOf(FIELD_CODECS, (name, codec) => [code(name), sizeOf(name, codec), FIELD_MEANING[name] ?? '']),
)}

## Messages

The first frame on a link is \`hello\`, answered by \`welcome\` or \`refuse\`; say the version of the page that you
were written from. Peers of one major version understand each other: a minor adds rows, which an older peer is not
sent. A frame that breaks a rule of this page ends its connection, after a \`refuse\` that says why, and nothing else.
Error codes are in [errors.md](errors.md).

${table(['id', 'kind', 'from', 'since', 'when', 'fields'], messages(false))}

What a task sends is done in the order in which it was sent, and answered in that order; only a \`send\` for which
there is no room, a \`vm_\` call that needs pages, and a \`sleep_\` call that waits for a page or a pager, end later. What one task sends to one port arrives in that
order, whether it had to wait or not.

What a task has to do, and what becomes of it otherwise:

| on | do | or else |
| --- | --- | --- |
| \`deliver\`, \`notify\` | \`taken\`, when it has been handled: of any number at once, oldest first, replies too | the message counts as queued: at ${DEFAULT_QLIMIT} (\`port_set_qlimit\`, at most ${MAX_QLIMIT}) further senders wait, and at ${DEFAULT_LIMITS.deliveryWindow} nothing more comes |
| \`deliver\` with a reply right | a reply, or \`port_deallocate\` of the right | the caller waits |
| \`deliver\` with BARRIER | any reply, in its turn | the task that sent it waits |
| \`sent\` with a code | keep or give back the rights that it brings | they pile up |
| \`drain\` | handle no more of what was delivered for this port, and say \`drained\` | the move waits |
| \`refuse\`, \`goodbye\` | close | the broker does |

\`detach\` is answered by \`goodbye\`. A connection that just ends is the death of its task: the ports whose receive
rights it had are dead.

## Names and rights

A name is a task's own number for a right. 0 is none; 0x${DEAD_NAME.toString(16)} is what arrives for a right whose
port is dead. The broker picks names below 0x40000000, for rights that arrive too; from there up a task may pick its
own (\`port_allocate_name\`), and need not wait for the answer before it uses one. Send and receive rights for one
port have one name in a task. **Each send right that arrives is one more reference on its name**: \`port_deallocate\`
gives one back, \`port_mod_refs\` several. Every send-once right has a name of its own, which goes with its use.

${table(
  ['', 'right (`port_allocate` 1, 3, 4)', 'bit of `port_type`'],
  rowsOf(RIGHT, (name, number) => [number, code(name), `0x${TYPE[name].toString(16)}`]),
)}

| to | do |
| --- | --- |
| get messages | \`port_allocate\` 1, then \`serve\`: from now on what comes to the port is a \`deliver\` or a \`notify\` with its name |
| let others send to it | put a descriptor with disposition ${DISP.MAKE_SEND} and its name into a message |
| send | \`send\` with the destination (${DISP.COPY_SEND} and the name of a send right), the reply right or none, and the body's rights. It needs a \`callId\`, since it may have to wait; only one to a send-once right (${DISP.MOVE_SEND_ONCE}) may have 0. \`sent\` comes if it failed or had to wait |
| call | the same with the reply right ${DISP.MAKE_SEND_ONCE} and the name of a port that you serve: one serves all calls. The reply is a \`deliver\` there, with the \`callId\` of the \`send\`; if none can come any more, a \`notify\` ${NOTIFY.SEND_ONCE} with that \`callId\` |
| reply | \`send\` to descriptor 1 of the \`deliver\` (${DISP.MOVE_SEND_ONCE} and its name), with no reply right |
| hear of a port's death | \`port_request_notification\`: \`name\` of a right for it, \`variant\` ${NOTIFY.DEAD_NAME}, \`sync\` 1 (0: refuse a name that is dead already), \`notify\` ${DISP.MAKE_SEND_ONCE} and the name of a port that you serve, \`tag\`: what the \`callId\` of the \`notify\` shall be. It comes once. The name has its references still, **and one more**, for the notification: \`port_deallocate\` |
| give a receive right away | report \`taken\` first, then send it with disposition ${DISP.MOVE_RECEIVE}: what you had not reported goes along. Ignore what is still delivered for it |
| destroy a port | \`port_destroy\`: whatever the name stands for |

${table(
  ['notification', '', ''],
  rowsOf(NOTIFY, (name, number) => [number, code(name), NOTIFY_MEANING[name]]),
)}

## Kernel calls

Sent by a task; \`result\` with the same \`callId\` answers with a code and the reply fields, which are there whatever
the code is. Their meaning is Mach's. With \`callId\` 0 there is no answer. A \`port_\` or \`vm_\` call with a
descriptor is made on the task whose task port descriptor 0 names (its disposition is 0): the names in it are that
task's, but rights come from and go to the sender. All others have no descriptors.

${table(['id', 'call', 'since', 'fields', 'reply'], messages(true))}

| call | |
| --- | --- |
| \`vm_map\` | \`anywhere\`: at \`address\` or above, 0 will do; else there. \`mask\`: bits of the address that shall be 0, 0 will do. \`object\`: ${DISP.COPY_SEND} and the name of a send right, taken as in a message; name 0: zeros. \`offset\`: whole pages; \`size\` is rounded up to them. \`protection\`, \`maximum\`: accesses, as below |
| \`vm_region\` | the region at \`address\`, or the next above. \`object\` is the broker's number for it, \`offset\` where in it the region begins; the rest: [Memory without calls](#memory-without-calls) |
| \`vm_read\`, \`vm_write\` | answered when the pages are there |
| \`vm_cancel\` | ends the \`vm_\` call with that \`callId\`: KERN_ABORTED, of a \`vm_futex_\` call KERN_INTERRUPTED |
${FUTEX_CALLS}

The codes of a \`vm_\` call, the first that applies; behind the semicolon, while it waits:

| call | codes |
| --- | --- |
| any, on another task | MACH_SEND_INVALID_DEST: descriptor 0 names no task |
| \`vm_allocate\`, \`vm_map\` | of \`object\` those of a right in a message, KERN_INVALID_CAPABILITY: it is dead or none, KERN_INVALID_RIGHT: no send right. KERN_INVALID_ARGUMENT: no size, an \`offset\` that is no whole page, an end beyond \`objectBytes\`, bits that are no access or not in \`maximum\`, a \`mask\` that is not ones below zeros. KERN_RESOURCE_SHORTAGE: \`regionsPerTask\`, \`mappedBytesPerTask\`. Not \`anywhere\`: KERN_INVALID_ARGUMENT: an address that is no whole page. KERN_NO_SPACE: taken, or not as \`mask\` says; or there is no room; with \`copy\` KERN_MEMORY_ERROR: the pager has failed or gone, KERN_RESOURCE_SHORTAGE: more than \`cachePages\` to be copied at once (strategy NONE), KERN_ABORTED |
| \`vm_deallocate\` | KERN_RESOURCE_SHORTAGE: what is left would be more than \`regionsPerTask\`. Holes do not matter |
| \`vm_protect\` | KERN_INVALID_ARGUMENT: bits that are no access. KERN_INVALID_ADDRESS: a hole. KERN_PROTECTION_FAILURE: more than the region's maximum. KERN_RESOURCE_SHORTAGE: as before |
| \`vm_read\` | KERN_INVALID_ARGUMENT: more than a frame takes. KERN_INVALID_ADDRESS: a hole. KERN_PROTECTION_FAILURE; the same two if it is unmapped or protected meanwhile, KERN_MEMORY_ERROR: the pager has failed or gone, KERN_RESOURCE_SHORTAGE: the cache is full of what cannot go, KERN_ABORTED |
| \`vm_write\` | as \`vm_read\`, but for the first |
| \`vm_region\` | KERN_INVALID_ADDRESS: nothing is mapped there or above |
${FUTEX_CODES}
| \`vm_cancel\` | KERN_INVALID_ARGUMENT: no such call waits |

An \`address\` is in the address space that the broker keeps for the task, and no address of its process.

## Bodies of messages

The body of a \`send\` goes to the \`deliver\` that comes of it byte for byte; no broker looks at it. A message with
the flag RAW is what its two ends agree on: the XP messages below are such. Any other body starts with a byte that
tells its form.

| first byte | the rest |
| --- | --- |
| ${FORM.TREE} | one value in msgpack, whose maps are objects with text keys |
| ${FORM.PATCHED_TREE} | the same of a list \`[root, patches]\` |
| ${FORM.GRAPH}, ${FORM.PATCHED} | the same with msgpackr's records, references and types: what a tree cannot hold (\`src/wire/body.ts\`) |

No value at all is msgpack's extension 0: the three bytes \`${hex(UNDEFINED)}\`. A patch is a list
\`[kind, place, descriptor]\`: the value at the place (a list of keys and indexes, from the root) is to be replaced.
Kind ${PATCH.RIGHT} is a right: the value is nil, and the descriptor counts the message's descriptors from its third
on, from 0. Whoever knows these two forms can call any routine whose arguments and results are plain data and rights.
A reply with the flag FAILED is an error: with RAW too, its code in ASCII; else, in most cases, form ${FORM.TREE} with
\`{ error: { type, name, message, stack, own: { code, … } } }\`. A request for a routine that you do not have is
answered with FAILED and RAW and \`ENOROUTINE\`.

The **name service** is the \`bootstrap\` of \`welcome\`, and the broker's own port its \`host\` (0: this task has no
right to it). A call is a \`send\` with the routine's number, a reply right made of a port of your own (descriptor 1:
${DISP.MAKE_SEND_ONCE}), and an object as its body.

${table(
  ['to', 'number', 'routine', 'body', 'reply'],
  [
    [code('bootstrap'), Bootstrap.ids.get('checkIn') ?? 0, code('checkIn'), '`name` text, `port` a right', 'no value'],
    [
      code('bootstrap'),
      Bootstrap.ids.get('checkOut') ?? 0,
      code('checkOut'),
      '`name` text, `port` a right',
      'no value',
    ],
    [
      code('bootstrap'),
      Bootstrap.ids.get('lookUp') ?? 0,
      code('lookUp'),
      '`name` text, `wait` true or false',
      '`port` a right',
    ],
    [code('host'), HostPort.ids.get('setDefaultPager') ?? 0, code('setDefaultPager'), '`port` a right', 'no value'],
  ],
)}

\`lookUp\` of a name that nobody has checked in fails with ENONAME, or waits. A name goes with its port. The number of
any routine is FNV-1a, 32 bits, of \`subsystem.routine\` in UTF-8; 2 is added to 0 and to 1.

## Kernels and pagers

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
that it has taken back. Only of such: while a newer grant is on its way, a kernel returns by the one before it.

${FUTEXES_OF_PAGERS}

${SLEEP_OF_PAGERS}

## Memory without calls

A task may read and write an object's memory itself. \`vm_region\` of an own region tells where it is: in the file
\`/proc/PID/fd/FD\`, which has no name, and has holes where nothing is; open it for reading and writing, and map it or
use \`pread\` and \`pwrite\`. \`pid\` 0: there is only \`vm_read\` and \`vm_write\`.

| at | |
| --- | --- |
| ${formula(pinAt)} for each slot below ${SLOTS} | u32: the page (of the object) that the slot's task is reading or writing, plus 1; or 0 |
| ${formula(versionAt)} | u32: other than the \`version\` that \`vm_region\` answered: mappings of the slot's task have changed; ask again |
${FUTEX_MEMORY}
| ${formula(accessAt)} for each page of the object | u32: the accesses that are allowed now; only the broker writes it (an honest task does not: the file is the user's, and each of his tasks could) |
| ${formula(dirtyAt)} | u32: a task that writes to the page puts 1 here |
| \`pagesAt\` + offset | the bytes of the object |

To read: store the page plus 1 in your slot; load the access word, and your version; if it allows reading and the
version is what \`vm_region\` answered, copy; store 0. To write the same, with a 1 into the dirty word
before the bytes. Loads and stores are sequentially consistent, of whole words. One page at a time, at once: while
your slot names a page the broker cannot take it away. What your region's \`protection\` forbids, the access word may
allow: heed both. If it is not allowed, \`vm_read\` or \`vm_write\` does it.

${FUTEX_WORD}

${SLEEP_AND_WAKEUP}

## Whole frames

\`hello\`:

${bytes(helloExample())}

\`checkIn\` of the port that the sender calls 5; the name service is its 2, and the reply comes to its port 4:

${bytes(checkInExample())}

\`memory_object_data_request\` for the third page, to write to it; the kernel calls the object 6 and its control port
7:

${bytes(dataRequestExample())}
`;

if (process.argv.includes('--write')) writeFileSync(new URL('../docs/protocol.md', import.meta.url), page);
else process.stdout.write(page);

/** @param {boolean} calls */
function messages(calls) {
  return Object.entries(MESSAGES)
    .filter(([, spec]) => 'reply' in spec === calls)
    .map(([kind, spec]) => {
      const start = [spec.id, code(kind)];
      const since = `${PROTOCOL.major}.${spec.since}`;
      if ('reply' in spec) return [...start, since, fields(spec.fields), fields(spec.reply)];
      return [...start, spec.from, since, spec.when, fields(spec.fields)];
    });
}

/** @param {Record<string, string>} spec */
function fields(spec) {
  return Object.entries(spec)
    .map(([name, type]) => `${code(name)} ${type}`)
    .join(', ');
}

/**
 * @param {string} type
 * @param {{ size(value: any): number, zero: any }} codec
 */
function sizeOf(type, codec) {
  return FIELD_MEANING[type]?.includes('then') || type === 'rest' ? 'varies' : codec.size(codec.zero);
}

/**
 * @param {Record<string, any>} record
 * @param {(name: string, value: any) => (string | number)[]} row
 */
function rowsOf(record, row) {
  return Object.entries(record).map(([name, value]) => row(name, value));
}

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
function table(head, rows) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @param {string} text */
function code(text) {
  return `\`${text}\``;
}

/** @param {[string, string][]} rows */
function bytes(rows) {
  return table(
    ['bytes', ''],
    rows.map(([hex, what]) => [code(hex), what]),
  );
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
}

/** @param {Record<string, number>} record */
function numbers(record) {
  return Object.entries(record)
    .map(([name, number]) => `${number} ${code(name)}`)
    .join(', ');
}

/** @param {typeof VM_PROT} record */
function bits({ READ, WRITE, EXECUTE }) {
  return numbers({ READ, WRITE, EXECUTE });
}

/** @param {(index: number) => number} at */
function formula(at) {
  return code(`${at(0)} + ${at(1) - at(0)} n`);
}
