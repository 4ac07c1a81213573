// @ts-check
import { DISP } from '../../dist/src/kernel/types.js';
import { DEFAULT_LIMITS } from '../../dist/src/limits.js';
import { HEADER_VERSION } from '../../dist/src/wire/header.js';
import { DESCRIPTOR_BYTES, FLAG, HEADER_BYTES, HEADER_LAYOUT } from '../../dist/src/wire/index.js';
import { code, rowsOf, table } from './markdown.js';

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

export const FRAMES = `## Frames

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
)}`;
