// @ts-check
// Prints docs/protocol.md, made from the tables that the built code runs on. `--write` puts it in its place.
import { writeFileSync } from 'node:fs';
import { FIELD_CODECS } from '../dist/src/wire/field-types.js';
import { Bootstrap } from '../dist/src/driver/index.js';
import { accessAt, dirtyAt, pinAt, SLOTS, versionAt } from '../dist/src/vm/layout.js';
import { FORM } from '../dist/src/wire/body-bytes.js';
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
import { DISP, NOTIFY } from '../dist/src/kernel/types.js';

const HEADER_MEANING = {
  version: `${HEADER_VERSION}; a frame of another version ends the connection`,
  kind: 'the message, by its id in the tables below',
  flags: 'bits, see below',
  route: 'which of the tasks that share the link; 0 is the process’s own',
  sequence: 'on what the broker hands out: the sequence number of the port it arrived on',
  callId: 'the tag of a call or kernel call, chosen by the task; 0: no answer is wanted',
  routine: 'on a typed request: the number of the routine, a hash of `subsystem.routine`; 0 is a ping',
  descriptorCount: 'descriptors after the extensions',
  extensionBytes: 'bytes of extensions after the header',
  deadline: 'when the caller stops waiting, in milliseconds since the epoch; 0: never',
  user: 'who waits for this call; 0: nobody in particular',
  trace: 'names the chain of calls this one belongs to; zeros: none',
};

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
\`node scripts/protocol-doc.js --write\`; a test compares.

For somebody who debugs a link, or builds a peer. It is told from the sender's side. Numbers are little-endian.

## Frames

On a byte stream a frame is preceded by its length, a u32 that does not count itself. A frame is a header of
${HEADER_BYTES} bytes, extensions, descriptors of ${DESCRIPTOR_BYTES} bytes each, the body, and out-of-line memory.

${table(
  ['byte', 'field', 'type', 'meaning'],
  rowsOf(HEADER_LAYOUT, (name, { at, type }) => [at, code(name), type, HEADER_MEANING[name]]),
)}

An **extension** is a u16 type, a u16 length and that many bytes; a peer skips types it does not know. A
**descriptor** is a right: u8 \`1\`, u8 disposition, u16 zero, u32 name. What a task sends is its own name for the right and
what to do with it; what it gets is the name it now has, and one of the \`MOVE\` kinds. With disposition
${DISP.MEMORY} it is **out-of-line memory**: the name is its length, and its bytes lie behind the body, in the order of their
descriptors. The length \`0xffffffff\` is memory that is not there: no bytes come for it. What the descriptors announce
and what the frame has must agree; the body is what is left.

${table(
  ['bit', 'flag', 'meaning'],
  rowsOf(FLAG, (name, bit) => [`0x${bit.toString(16)}`, code(name), FLAG_MEANING[name]]),
)}

${table(
  ['disposition', ''],
  rowsOf(DISP, (name, number) => [number, code(name)]),
)}

${table(
  ['notification', ''],
  rowsOf(NOTIFY, (name, number) => [number, code(name)]),
)}

## Fields

The body of everything but \`send\` and \`deliver\` is its fields, one after the other.

${table(
  ['type', 'bytes', 'meaning'],
  rowsOf(FIELD_CODECS, (name, codec) => [code(name), sizeOf(name, codec), FIELD_MEANING[name] ?? '']),
)}

## Messages

The first frame on a link is \`hello\`, answered by \`welcome\` or \`refuse\`. Peers of one major version
understand each other. A frame that breaks a rule of this page ends its connection, after a \`refuse\` that says why, and
nothing else.

${table(['id', 'kind', 'from', 'since', 'when', 'fields'], messages(false))}

## Kernel calls

Sent by a task; \`result\` with the same \`callId\` answers with a code and the reply fields. Their meaning is
Mach's. With \`callId\` 0 there is no answer. A \`port_\` or \`vm_\` call with a descriptor is made on the task whose task port descriptor 0
names (its disposition is 0): the names in it are that task's, but rights come from and go to the sender.

${table(['id', 'call', 'since', 'fields', 'reply'], messages(true))}

A \`vm_\` call that needs pages is answered when they are there; \`vm_cancel\` ends the one with that \`callId\`:
KERN_ABORTED. An \`address\` is in the address space that the broker keeps for the task, and no address of its process.
\`object\` of \`vm_map\` is named by the caller and taken as in a message; name 0: zeros.

## Bodies of messages

The body of a \`send\` goes to the \`deliver\` that comes of it byte for byte; no broker looks at it. A message
with the flag RAW is what its two ends agree on: the XP messages below are such. Any other body starts with a byte that
tells its form.

| first byte | the rest |
| --- | --- |
| ${FORM.TREE} | one value in msgpack, whose maps are objects with text keys |
| ${FORM.PATCHED_TREE} | the same of a list \`[root, patches]\` |
| ${FORM.GRAPH}, ${FORM.PATCHED} | the same with msgpackr's records, references and types: what a tree cannot hold (\`src/wire/body.ts\`) |

A patch is a list \`[kind, place, descriptor]\`: the value at the place (a list of keys and indexes, from the root) is to
be replaced. Kind ${PATCH.RIGHT} is a right: the value is nil, and the descriptor counts the message's descriptors from its
third on. Whoever knows these two forms can call any routine whose arguments and results are plain data and rights.
A reply with the flag FAILED is an error: with RAW too, its code in ASCII; else a body that holds the error, whose
\`code\` says what it was.

The **name service** is the \`bootstrap\` of \`welcome\`. A call is a \`send\` with the routine's number, a reply right
made of a port of your own (descriptor 1: ${DISP.MAKE_SEND_ONCE}), and an object as its body.

${table(
  ['number', 'routine', 'body', 'reply'],
  [
    [Bootstrap.ids.get('checkIn') ?? 0, code('checkIn'), '`name` text, `port` a right', 'nil'],
    [Bootstrap.ids.get('checkOut') ?? 0, code('checkOut'), '`name` text, `port` a right', 'nil'],
    [Bootstrap.ids.get('lookUp') ?? 0, code('lookUp'), '`name` text, `wait` true or false', '`port` a right'],
  ],
)}

The number of any routine is FNV-1a, 32 bits, of \`subsystem.routine\` in UTF-8.

## Kernels and pagers

A pager is a task whose ports are memory objects. A kernel is whoever sends \`memory_object_init\` to such a port: a
broker, when one of its tasks maps the object with \`vm_map\`, or any task. The messages between them are one-way
\`send\`s with the flag RAW; \`header.routine\` is the number below, the body the fields, and the rights are the
descriptors from the third on, in the order given. A kernel sends to the object's port, and a pager to the control port
that it got with \`init\`. **Each message of a kernel carries a send right to its control port**: the name under which it
arrives tells which kernel speaks, and nobody else can speak for it. (It is one more reference each time: give it back.)
What one side sends about one object arrives in that order; between the two directions there is none.

Accesses, and locks, which are accesses that are forbidden, are bits: ${bits(VM_PROT)}. A lock of
${VM_PROT.NO_CHANGE} leaves the lock as it is. A copy strategy is ${numbers(COPY_STRATEGY)}.

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

**The life of an object at one kernel.** \`init\` → \`ready\` (before it the kernel asks for nothing) → requests and
answers → \`terminate\`, with which both ports of the kernel become the pager's to destroy. After it the same kernel may
\`init\` again, with new ports. \`destroy\` instead of \`ready\` refuses. Who has the receive right of a port and dies takes
the port along: a kernel hears of its pager's end by the dead name of the object's port, a pager of a kernel's by that of
its control port, and what was sent before counts.

**Of a page, in the kernel:** none → \`data_request\` → requested → \`data_supply\` or \`data_unavailable\` → resident →
\`data_return\` → none. A kernel asks for one page at a time, and never for one that it has asked for; it has at most 51
requests out per object. A clean page that is not precious may vanish without a word: who counts copies counts those that
may be there. \`data_supply\` for a page that is resident changes nothing from that page on (KERN_MEMORY_PRESENT). Bytes
that are no whole number of pages, bits that are no access, an unknown copy strategy: the message is dropped.
\`lock_request\` looks at resident pages only; per page it restricts, then returns, then flushes, and
\`lock_completed\` comes last. A flush that does not return forgets what was written. Runs that go back together have
at most 32 pages. \`data_unlock\` is sent once per access until a \`lock_request\` that sets a lock comes, whatever it sets.

**Several kernels** see one memory if the pager lets one kernel write a page or several read it: before a kernel gets to
write, \`lock_request\` with \`shouldFlush\` and \`shouldReturn\` 1 goes to all others that may have the page, and their
\`lock_completed\` is waited for; before one gets to read what another may write, \`lock_request\` with \`shouldReturn\` 1 and
lock ${VM_PROT.WRITE} goes to that one. The new copy has what came back. Each grant (\`data_supply\`, \`lock_request\` with a
weaker lock) has a \`gen\`, higher than any before it of this object; \`data_return\` and \`data_unlock\` tell the
\`gen\` that the kernel has the page by, so that a pager can refuse what comes of a grant that it has taken back.

## Memory without calls

A task may read and write an object's memory itself. \`vm_region\` tells where it is: in the file
\`/proc/PID/fd/FD\`, which has no name, and has holes where nothing is. \`pid\` 0: there is only \`vm_read\` and \`vm_write\`.

| at | |
| --- | --- |
| ${formula(pinAt)} for each slot below ${SLOTS} | u32: the page (of the object) that the slot's task is reading or writing, plus 1; or 0 |
| ${formula(versionAt)} | u32: changes when mappings of the slot's task do; look at \`vm_region\` again |
| ${formula(accessAt)} for each page of the object | u32: the accesses that are allowed now; only the broker writes it |
| ${formula(dirtyAt)} | u32: a task that writes to the page puts 1 here |
| \`pagesAt\` + offset | the bytes of the object |

To read: store the page plus 1 in your slot; load the access word, and your version; if it allows reading and the version
is what it was, copy; store 0. To write the same, with a 1 into the dirty word before the bytes. Loads and stores are
sequentially consistent. If it is not allowed, \`vm_read\` or \`vm_write\` does it.
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
