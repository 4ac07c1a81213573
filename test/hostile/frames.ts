import fc from 'fast-check';
import { CODES } from '../../src/errors.ts';
import { PREFIX_BYTES, writeFrame } from '../../src/link/framing.ts';
import { DISP, NOTIFY, RIGHT } from '../../src/kernel/index.ts';
import type { FieldType } from '../../src/wire/field-types.ts';
import {
  type Descriptor,
  encodeFields,
  encodeHead,
  type Fields,
  FLAG,
  HEADER_BYTES,
  HEADER_LAYOUT,
  type HeaderInit,
  type MessageKind,
  MESSAGES,
  type MessageSpec,
} from '../../src/wire/index.ts';

const KINDS = Object.keys(MESSAGES) as MessageKind[];
export const KERNEL_CALLS = KINDS.filter((kind) => 'reply' in MESSAGES[kind]);
export const FROM_TASKS = KINDS.filter((kind) => MESSAGES[kind].from !== 'broker');

/** What a task may write that keeps to the protocol. It makes sense more often than not. */
export function politeBytes(): fc.Arbitrary<Buffer> {
  const makers = anyOf(['port_allocate', 'port_allocate_name', 'port_insert_right', 'port_extract_right', 'serve']);
  return fc.oneof(weighed(3, anyOf(KERNEL_CALLS)), weighed(2, makers), weighed(4, sends()), anyOf(['taken', 'abort']));
}

/** What any peer may write: whole frames of these kinds, good and bad, and bytes that are none. */
export function hostileBytes(kinds: readonly MessageKind[]): fc.Arbitrary<Buffer> {
  const good = fc.oneof(weighed(3, anyOf(kinds)), weighed(2, sends()));
  return fc.oneof(
    weighed(20, good),
    weighed(2, good.chain(damaged)),
    fc.uint8Array({ minLength: HEADER_BYTES, maxLength: 300 }).map(framed),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
}

/** Names that a task starts with, so that there is something to call: two ports, one with a send right; a set; a dead name. */
export function prelude(): Buffer {
  const make = (right: number, name: number): Buffer =>
    frame({ kind: MESSAGES.port_allocate_name.id }, [], encodeFields('port_allocate_name', { right, name }));
  const right = { disp: DISP.MAKE_SEND, name: FIRST };
  const insert = encodeFields('port_insert_right', { name: FIRST, right });
  return Buffer.concat([
    make(RIGHT.RECEIVE, FIRST),
    make(RIGHT.RECEIVE, FIRST + 1),
    make(RIGHT.PORT_SET, FIRST + 2),
    make(RIGHT.DEAD_NAME, FIRST + 3),
    frame({ kind: MESSAGES.port_insert_right.id }, [], insert),
  ]);
}

/** A frame of one of these kinds that says what such a frame may say: the wire's table tells. */
function anyOf(kinds: readonly MessageKind[]): fc.Arbitrary<Buffer> {
  return fc.oneof(...kinds.map(frameOf));
}

function frameOf(kind: MessageKind): fc.Arbitrary<Buffer> {
  const spec: MessageSpec = MESSAGES[kind];
  const fields = Object.entries(spec.fields).map(([name, type]) => [name, valueOf(name, type)]);
  // Of a kernel call, descriptor 0 is the task that it is made on.
  const onOther = fc.oneof(fc.constant([{ disp: DISP.COPY_SEND, name: 1 }]), fc.array(CARRIED, { maxLength: 3 }));
  const descriptors =
    spec.reply === undefined ? fc.array(CARRIED, { maxLength: 3 }) : fc.oneof(weighed(9, fc.constant([])), onOther);
  return fc
    .tuple(HEADER, descriptors, fc.record(Object.fromEntries(fields)))
    .map(([header, carried, values]) =>
      frame({ ...header, kind: spec.id }, carried, encodeFields(kind, values as Fields<MessageKind>)),
    );
}

/** A message to somebody. One right at least: with the flag CANCEL there is one descriptor more than else. */
function sends(): fc.Arbitrary<Buffer> {
  const rights = fc.array(mostly(SENSIBLE, CARRIED), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(HEADER, FLAGS, mostly(SENSIBLE, CARRIED), mostly(SENSIBLE, CARRIED), rights, BODY)
    .map(([header, flags, dest, reply, carried, body]) =>
      frame({ ...header, kind: MESSAGES.send.id, flags, routine: 1 }, [dest, reply, ...carried], body),
    );
}

function weighed<T>(weight: number, arbitrary: fc.Arbitrary<T>) {
  return { weight, arbitrary };
}

/** Nine of ten times one that makes sense. */
function mostly<T>(sensible: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(weighed(9, sensible), other);
}

const FIRST = 0x6000_0000;
const U32 = fc.nat(0xffff_ffff);
/** Those that the kernel gives, those that the task takes, none, and dead. */
const NAME = fc.oneof(
  weighed(8, fc.integer({ min: 1, max: 8 })),
  weighed(6, fc.integer({ min: FIRST, max: FIRST + 3 })),
  fc.constantFrom(0, 0xffff_ffff),
  U32,
);
const ID = mostly(fc.integer({ min: 1, max: 9 }), fc.maxSafeNat());
const DISPOSITION = mostly(fc.constantFrom(...Object.values(DISP).filter((disp) => disp !== DISP.MEMORY)), fc.nat(255));
const CARRIED: fc.Arbitrary<Descriptor> = fc.oneof(
  weighed(9, fc.record({ disp: DISPOSITION, name: NAME })),
  weighed(2, fc.constant({ disp: 0, name: 0 })),
  fc.record({ disp: fc.constant(DISP.MEMORY), name: mostly(fc.nat(64), fc.constant(0xffff_ffff)) }),
);
/** Rights that a task has from the start. */
const SENSIBLE: fc.Arbitrary<Descriptor> = fc.constantFrom(
  { disp: DISP.COPY_SEND, name: 2 },
  { disp: DISP.COPY_SEND, name: FIRST },
  { disp: DISP.MAKE_SEND, name: FIRST },
  { disp: DISP.MAKE_SEND, name: FIRST + 1 },
  { disp: DISP.MAKE_SEND_ONCE, name: FIRST },
  { disp: DISP.MAKE_SEND_ONCE, name: FIRST + 1 },
);
const FLAGS = mostly(fc.constantFrom(0, FLAG.ACK, FLAG.POLL, FLAG.NOTIFY, FLAG.RAW, FLAG.FAILED), fc.nat(0xffff));
const BODY = fc.uint8Array({ maxLength: 100 });
const HEADER = fc.record({
  callId: ID,
  flags: mostly(fc.constant(0), FLAGS),
  sequence: mostly(fc.constant(0), ID),
});

function valueOf(field: string, type: FieldType): fc.Arbitrary<unknown> {
  return (type === 'u32' || type === 'i32' ? BY_NAME[field] : undefined) ?? BY_TYPE[type];
}

/** Where a field's name says more than its type. */
const BY_NAME: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  name: NAME,
  old: NAME,
  member: NAME,
  set: NAME,
  port: NAME,
  replyPort: NAME,
  right: mostly(fc.nat(4), U32),
  qlimit: mostly(fc.nat(6), U32),
  count: mostly(fc.nat(2), U32),
  delta: mostly(fc.integer({ min: -2, max: 2 }), fc.integer()),
  variant: mostly(fc.constantFrom(...Object.values(NOTIFY)), U32),
  sync: mostly(fc.nat(1), U32),
  maxBytes: mostly(fc.constant(1_000), U32),
  notify: fc.oneof(weighed(3, fc.constant(0)), NAME),
  route: mostly(fc.nat(3), U32),
};

const BY_TYPE: { readonly [K in FieldType]: fc.Arbitrary<unknown> } = {
  u8: fc.nat(255),
  u16: fc.nat(0xffff),
  u32: U32,
  u64: ID,
  i32: fc.integer(),
  bool: fc.boolean(),
  str: fc.string({ maxLength: 20 }),
  u32s: fc.array(U32, { maxLength: 4 }),
  right: fc.record({ disp: DISPOSITION, name: NAME }),
  code: fc.constantFrom(0, 'blocked', 'waiting', ...CODES),
  handled: fc.constantFrom(undefined, 'no', 'maybe'),
  rest: BODY,
};

/** The memory that the descriptors announce comes along, if it is there. */
function frame(header: HeaderInit, descriptors: readonly Descriptor[], body: Uint8Array): Buffer {
  const pieces = descriptors.filter(({ disp, name }) => disp === DISP.MEMORY && name <= 64);
  const memory = Buffer.alloc(
    pieces.reduce((sum, { name }) => sum + name, 0),
    0xee,
  );
  return framed(Buffer.concat([encodeHead(header, descriptors), body, memory]));
}

export function framed(bytes: Uint8Array): Buffer {
  const whole = Buffer.alloc(PREFIX_BYTES + bytes.length);
  writeFrame(whole, 0, bytes, undefined);
  return whole;
}

/** The frame with a header field that says something else, another byte, another length or route, or cut or extended. */
export function damaged(whole: Buffer): fc.Arbitrary<Buffer> {
  const field = fc
    .tuple(fc.constantFrom(...Object.values(HEADER_LAYOUT)), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([{ at, type }, value]) => written(whole, PREFIX_BYTES + at, value.subarray(0, SIZES[type])));
  const route = fc
    .nat(3)
    .map((to) => written(whole, PREFIX_BYTES + HEADER_LAYOUT.route.at, Uint8Array.of(to, 0, 0, 0)));
  const byte = fc
    .tuple(fc.nat(whole.length - 1), fc.nat(255))
    .map(([at, value]) => written(whole, at, Uint8Array.of(value)));
  const length = fc
    .oneof(fc.nat(400), U32)
    .map((claim) => written(whole, 0, Uint8Array.of(claim, claim >>> 8, claim >>> 16, claim >>> 24)));
  const cut = fc.nat(whole.length).map((at) => whole.subarray(0, at));
  const extended = fc
    .uint8Array({ maxLength: 20 })
    .map((more) => framed(Buffer.concat([whole.subarray(PREFIX_BYTES), more])));
  return fc.oneof(weighed(3, field), weighed(3, byte), route, length, cut, extended);
}

function written(whole: Buffer, at: number, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(whole);
  copy.set(bytes.subarray(0, copy.length - at), at);
  return copy;
}

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8, bytes16: 16 } as const;
