import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { DISP, NO_MEMORY } from '../../src/kernel/types.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import {
  bytesOf,
  decodeFields,
  decodeFrame,
  type Descriptor,
  encodeFields,
  encodeHead,
  HEADER_BYTES,
  HEADER_LAYOUT,
  type HeaderInit,
  kindOf,
  PROTOCOL,
  routeOf,
  versionRefusal,
  withRoute,
} from '../../src/wire/index.ts';
import { memoryIn } from '../../src/wire/out-of-line.ts';

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8, bytes16: 16 };

describe('the header', () => {
  test('layout: the fields fill its 64 bytes, side by side', () => {
    let end = 0;
    for (const { at, type } of Object.values(HEADER_LAYOUT)) {
      expect(at).toBe(end);
      end = at + SIZES[type];
    }
    expect(end).toBe(HEADER_BYTES);
  });

  const free = ['kind', 'flags', 'route', 'sequence', 'callId', 'routine', 'deadline', 'user', 'trace'] as const;
  test.each(free)('layout: %s lies where the table says, and nowhere else', (name) => {
    const { at, type } = HEADER_LAYOUT[name];
    const bytes = Buffer.from(Array.from({ length: SIZES[type] }, (_, i) => i + 1));
    if (type === 'u64') bytes.fill(0, 6);
    const value = type === 'bytes16' ? new Uint8Array(bytes) : bytes.readUIntLE(0, Math.min(bytes.length, 6));
    const expected = Buffer.alloc(HEADER_BYTES);
    expected[0] = 1;
    bytes.copy(expected, at);
    const head = encodeHead({ kind: 0, [name]: value });
    expect(head).toEqual(expected);
    expect(decodeFrame(head, DEFAULT_LIMITS).header[name]).toEqual(value);
  });

  test('counts are written by whoever knows them', () => {
    const head = encodeHead({ kind: 1 }, [{ disp: 17, name: 5 }], [{ type: 3, bytes: new Uint8Array(7) }]);
    expect(head.readUInt16LE(HEADER_LAYOUT.descriptorCount.at)).toBe(1);
    expect(head.readUInt16LE(HEADER_LAYOUT.extensionBytes.at)).toBe(11);
    expect(head.length).toBe(HEADER_BYTES + 11 + 8);
  });

  test('route and kind can be read, and the route stamped, without decoding', () => {
    const head = encodeHead({ kind: 9, route: 0xfeed_beef });
    expect([kindOf(head), routeOf(head)]).toEqual([9, 0xfeed_beef]);
    expect(routeOf(withRoute(head, 3))).toBe(3);
    expect(head).toEqual(encodeHead({ kind: 9, route: 3 }));
  });

  test.each<[string, HeaderInit]>([
    ['u16', { kind: 1, flags: 65_536 }],
    ['u32', { kind: 1, route: -1 }],
    ['u64', { kind: 1, callId: 2 ** 53 }],
    ['u64', { kind: 1, deadline: 1.5 }],
    ['16 bytes', { kind: 1, trace: new Uint8Array(15) }],
  ])('a value that does not fit is EINVAL: %s', (text, header) => {
    expect(() => encodeHead(header)).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(text) }),
    );
  });
});

describe('a frame', () => {
  test('comes back as it was', () => {
    const u64 = fc.maxSafeNat();
    const u32 = fc.nat(0xffff_ffff);
    const header = fc.record({
      kind: fc.nat(255),
      flags: fc.nat(0xffff),
      route: u32,
      sequence: u64,
      callId: u64,
      routine: u32,
      deadline: u64,
      user: u64,
      trace: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined }),
    });
    const right = fc.record({ disp: fc.nat(255).filter((disp) => disp !== DISP.MEMORY), name: u32 });
    const memory = fc.record({ disp: fc.constant(DISP.MEMORY), name: fc.oneof(fc.nat(300), fc.constant(NO_MEMORY)) });
    const descriptors = fc.array(fc.oneof(right, memory), { maxLength: 20 });
    const extensions = fc.uniqueArray(fc.record({ type: fc.nat(0xffff), bytes: fc.uint8Array() }), {
      selector: (extension) => extension.type,
      maxLength: 4,
    });
    fc.assert(
      fc.property(header, descriptors, extensions, fc.uint8Array(), (init, rights, extra, body) => {
        const pieces = rights.filter(isMemory).map(({ name }) => new Uint8Array(name));
        const bytes = Buffer.concat([encodeHead(init, rights, extra), body]);
        expect(memoryIn(bytes, bytes.length + bytesOf(pieces))).toEqual(pieces.map((piece) => piece.length));
        const frame = decodeFrame(bytes, DEFAULT_LIMITS, pieces);
        expect(frame.memory).toBe(pieces);
        const trace = init.trace?.some((byte) => byte !== 0) ? init.trace : undefined;
        expect(frame.header).toMatchObject({ ...init, trace });
        expect(frame.descriptors).toEqual(rights);
        expect(frame.extensions.map(({ type, bytes }) => ({ type, bytes: new Uint8Array(bytes) }))).toEqual(extra);
        expect(new Uint8Array(frame.body)).toEqual(body);
      }),
      { numRuns: 300 },
    );
  });

  const right = encodeHead({ kind: 10 }, [{ disp: 17, name: 5 }]);
  const extended = encodeHead({ kind: 10 }, [], [{ type: 3, bytes: new Uint8Array(2) }]);
  const twice = encodeHead(
    { kind: 10 },
    [],
    [
      { type: 3, bytes: new Uint8Array() },
      { type: 3, bytes: new Uint8Array() },
    ],
  );
  test.each<[string, Buffer, string]>([
    ['shorter than a header', Buffer.alloc(63), '63 bytes is shorter than a header'],
    ['of another header version', set(right, 0, 2), 'header version 2'],
    ['with a sequence above 2^53', set(right, 15, 0x20), 'header.sequence is above'],
    ['with a call id above 2^53', set(right, 23, 0x20), 'header.callId is above'],
    ['with a deadline above 2^53', set(right, 39, 0x20), 'header.deadline is above'],
    ['with a user above 2^53', set(right, 47, 0x20), 'header.user is above'],
    ['with more descriptors than allowed', set(right, 29, 5), 'at most 1024 are allowed'],
    ['whose descriptors are not all there', set(right, 28, 2), 'descriptors end at 80, the frame at 72'],
    ['whose extensions are not all there', set(right, 31, 1), 'the frame at 72'],
    ['with a ticket, which is not spoken yet', set(right, 64, 2), 'descriptor 0 is of unknown kind 2'],
    ['with out-of-line memory, which is not spoken yet', set(right, 64, 3), 'descriptor 0 is of unknown kind 3'],
    ['with reserved bits', set(right, 66, 1), 'descriptor 0 has reserved bits'],
    ['with an extension longer than all', set(extended, 66, 3), 'extension 3 runs past'],
    ['with half an extension', set(extended, 66, 0), 'end in the middle of one'],
    ['with an extension twice', twice, 'extension 3 comes twice'],
  ])('%s is a protocol error', (_what, bytes, message) => {
    const decode = () => decodeFrame(bytes, DEFAULT_LIMITS);
    expect(decode).toThrow(ProtocolError);
    expect(decode).toThrow(message);
  });

  test.each<[string, number, number[]]>([
    ['one byte more', 16, [15]],
    ['one byte less', 16, [17]],
    ['a piece more', 16, []],
    ['a piece less', 16, [16, 0]],
    ['bytes for what is not there', NO_MEMORY, [1]],
  ])('whose descriptors announce %s than comes is a protocol error', (_what, name, lengths) => {
    const head = encodeHead({ kind: 10 }, [{ disp: DISP.MEMORY, name }]);
    const memory = lengths.map((length) => new Uint8Array(length));
    expect(() => decodeFrame(head, DEFAULT_LIMITS, memory)).toThrow(ProtocolError);
  });

  test('that is too short for the memory it announces has none', () => {
    const two = [
      { disp: DISP.MEMORY, name: 10 },
      { disp: DISP.MEMORY, name: 10 },
    ];
    const head = encodeHead({ kind: 10 }, two);
    expect(memoryIn(head, head.length + 20)).toEqual([10, 10]);
    expect(memoryIn(head, head.length + 19)).toEqual([]);
    expect(memoryIn(encodeHead({ kind: 10 }, [{ disp: DISP.MEMORY, name: NO_MEMORY - 1 }]), 2 ** 32)).toEqual([]);
    expect(memoryIn(set(head, 29, 5), head.length + 20)).toEqual([]);
  });

  test('of random bytes is taken apart or a protocol error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, versioned) => {
        const frame = Buffer.from(bytes);
        if (versioned) frame[0] = 1;
        try {
          decodeFrame(frame, DEFAULT_LIMITS);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('recorded frames mean what they meant, and are written as they were', () => {
  const trace = new Uint8Array(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
  const hello = { major: 1, minor: 0, pid: 4242, threadId: 0, label: 'tester' };
  const welcome = {
    major: 1,
    minor: 0,
    task: 7,
    taskPort: 1,
    bootstrap: 2,
    host: 0,
    module: 'file:///driver.js',
    broker: 'c0ffee',
  };
  const question = { lba: 7, count: 1, to: 'ümläut' };
  const answer = [new Map([['n', 1n]]), -0];
  const frames: [string, HeaderInit, Descriptor[], Buffer | Uint8Array][] = [
    ['hello', { kind: 1 }, [], encodeFields('hello', hello)],
    ['welcome', { kind: 2 }, [], encodeFields('welcome', welcome)],
    [
      'send',
      {
        kind: 10,
        flags: 1,
        route: 3,
        sequence: 9,
        callId: 2 ** 40 + 5,
        routine: 2,
        deadline: 1_800_000_000_000,
        trace,
      },
      [
        { disp: 19, name: 5 },
        { disp: 21, name: 6 },
        { disp: 20, name: 0xffff_fffe },
      ],
      encodeBody(question),
    ],
    [
      'deliver',
      { kind: 11, flags: 4, sequence: 1, callId: 77, user: 12 },
      [
        { disp: 18, name: 8 },
        { disp: 0, name: 0 },
      ],
      encodeBody(answer),
    ],
  ];

  test.each(frames)('%s', async (name, init, rights, bytes) => {
    const file = new URL(`./fixtures/${name}.hex`, import.meta.url);
    const recorded = Buffer.from((await readFile(file, 'utf8')).replaceAll(/#.*|\s/g, ''), 'hex');
    const { header, descriptors, extensions, body } = decodeFrame(recorded, DEFAULT_LIMITS);
    expect(header).toMatchObject(init);
    expect(descriptors).toEqual(rights);
    expect(Buffer.concat([encodeHead(header, descriptors, extensions), body])).toEqual(recorded);
    expect(Buffer.concat([encodeHead(init, rights), bytes])).toEqual(recorded);
    if (name === 'hello') expect(decodeFields('hello', body)).toEqual(hello);
    if (name === 'welcome') expect(decodeFields('welcome', body)).toEqual(welcome);
    if (name === 'send') expect(decodeBody(body)).toEqual(question);
    if (name === 'deliver') expect(decodeBody(body)).toEqual(answer);
  });
});

function isMemory({ disp, name }: Descriptor): boolean {
  return disp === DISP.MEMORY && name !== NO_MEMORY;
}

test('a peer of another major version is refused, with both versions named', () => {
  expect(versionRefusal({ major: PROTOCOL.major, minor: 99 })).toBeUndefined();
  const reason = versionRefusal({ major: PROTOCOL.major + 1, minor: 3 });
  expect(reason).toContain(`${PROTOCOL.major}.${PROTOCOL.minor}`);
  expect(reason).toContain(`${PROTOCOL.major + 1}.3`);
});

function set(frame: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(frame);
  copy[at] = byte;
  return copy;
}
