// @ts-check
// Prints docs/protocol.md, made from the tables that the built code runs on. `--write` puts it in its place.
import { writeFileSync } from 'node:fs';
import { FIELD_CODECS } from '../dist/src/wire/field-types.js';
import { DESCRIPTOR_BYTES, FLAG, HEADER_BYTES, HEADER_LAYOUT, MESSAGES, PROTOCOL } from '../dist/src/wire/index.js';
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
  FENCE: 'from end to end: the receiving task answers it itself when its turn comes, and no server sees it',
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
Mach's. With \`callId\` 0 there is no answer. A \`port_\` call with a descriptor is made on the task whose task port descriptor 0
names (its disposition is 0): the names in it are that task's, but rights come from and go to the sender.

${table(['id', 'call', 'since', 'fields', 'reply'], messages(true))}

## Bodies of messages

The body of a \`send\` goes to the \`deliver\` that comes of it byte for byte; no broker looks at it. Its first byte
tells the form: a tree or a graph in msgpack, or a graph with a list of patches for what msgpack cannot hold, rights among
them. \`src/wire/body.ts\` is its definition.
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
