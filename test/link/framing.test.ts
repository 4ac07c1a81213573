import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { DISP } from '../../src/kernel/types.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { frameReader, writeFrame } from '../../src/link/framing.ts';
import { encodeHead, HEADER_BYTES } from '../../src/wire/index.ts';
import { deferred } from './deferred.ts';
import { socketPair } from './kinds.ts';

const LIMITS = { frameBytes: 4096 };

describe('a stream of frames', () => {
  test('gives the same frames however it is cut, and paused', () => {
    const sizes = fc.array(fc.integer({ min: HEADER_BYTES, max: 400 }), { maxLength: 8 });
    const cuts = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 60, max: 900 })));
    fc.assert(
      fc.property(sizes, cuts, fc.boolean(), (lengths, chunkSizes, pauses) => {
        const frames = lengths.map((length, i) => Buffer.alloc(length, i + 1));
        const stream = Buffer.concat(frames.flatMap((frame) => [u32(frame.length), frame]));
        const got: Buffer[] = [];
        const reader = frameReader(LIMITS, (frame) => {
          got.push(Buffer.from(frame));
          if (pauses && got.length % 2 === 0) reader.pause();
        });
        // One chunk buffer for all, as a socket reads: what the reader keeps it must have copied.
        const chunk = Buffer.alloc(900);
        for (let at = 0; at < stream.length;) {
          const size = stream.copy(chunk, 0, at, at + (chunkSizes.next().value ?? 1));
          reader.push(chunk.subarray(0, size));
          chunk.fill(0xee);
          at += size;
          if (at % 3 === 0) reader.resume();
        }
        for (let i = 0; i < frames.length; i++) reader.resume();
        expect(got.map((frame) => frame.toString('latin1'))).toEqual(frames.map((frame) => frame.toString('latin1')));
      }),
      { numRuns: 400 },
    );
  });

  test('gives the same memory however it is cut, wherever it is read into, and paused', () => {
    const frame = fc.record({
      rights: fc.nat(3),
      extension: fc.nat(90),
      body: fc.nat(50),
      memory: fc.array(fc.oneof(fc.nat(3), fc.nat(400), fc.integer({ min: 65_000, max: 150_000 })), { maxLength: 5 }),
    });
    const cuts = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 60, max: 70_000 })));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), cuts, fc.boolean(), (specs, chunkSizes, pauses) => {
        const frames = specs.map(frameOf);
        const stream = Buffer.concat(frames.flatMap((bytes) => [u32(bytes.length), bytes]));
        const got: Buffer[] = [];
        const lengths: number[][] = [];
        let paused = false;
        const reader = frameReader(DEFAULT_LIMITS, (bytes, memory) => {
          got.push(Buffer.concat([bytes, ...memory]));
          lengths.push(memory.map((piece) => piece.length));
          for (const { buffer, length } of memory) expect(buffer.byteLength).toBe(length);
          expect(paused).toBe(false);
          if (pauses) pause(true);
        });
        const pause = (now: boolean) => {
          paused = now;
          if (now) reader.pause();
          else reader.resume();
        };
        const chunk = Buffer.alloc(70_000);
        for (let at = 0; at < stream.length;) {
          const { room } = reader;
          const target = room ?? chunk;
          const size = stream.copy(target, 0, at, at + (chunkSizes.next().value ?? 1));
          if (room === undefined) reader.push(chunk.subarray(0, size));
          else reader.filled(size);
          chunk.fill(0xee);
          at += size;
          // Also in the middle of a frame, whose end comes while it is paused.
          if (pauses && at % 3 < 2) pause(at % 3 === 0);
        }
        for (let i = 0; i <= frames.length; i++) pause(false);
        expect(lengths).toEqual(specs.map(({ memory }) => memory));
        expect(got.every((bytes, i) => bytes.equals(frames[i] ?? Buffer.alloc(0)))).toBe(true);
        expect(got).toHaveLength(frames.length);
      }),
      { numRuns: 100 },
    );
  });

  test('a frame that is too short for the memory it announces is handed out whole', () => {
    const head = encodeHead({ kind: 10 }, [{ disp: DISP.MEMORY, name: 20 }]);
    const got: [number, number][] = [];
    const reader = frameReader(LIMITS, (bytes, memory) => got.push([bytes.length, memory.length]));
    const stream = Buffer.concat([u32(head.length + 19), head, Buffer.alloc(19)]);
    reader.push(stream);
    reader.push(stream.subarray(0, 80));
    reader.push(stream.subarray(80));
    expect(got).toEqual([
      [91, 0],
      [91, 0],
    ]);
  });

  test.each([
    ['longer than allowed', 4097, 'a frame of 4097 bytes, at most 4096 are allowed'],
    ['as long as a length can say', 0xffff_ffff, 'a frame of 4294967295 bytes'],
    ['shorter than a header', 63, 'a frame of 63 bytes is shorter than a header'],
    ['empty', 0, 'a frame of 0 bytes is shorter'],
  ])('refuses a frame that is %s, at its length, in whole or in pieces', (_what, length, message) => {
    for (const cut of [4, 3]) {
      const reader = frameReader(LIMITS, () => expect.unreachable());
      const push = () => {
        reader.push(u32(length).subarray(0, cut));
        reader.push(u32(length).subarray(cut));
      };
      expect(push).toThrow(ProtocolError);
      expect(push).toThrow(message);
    }
  });

  test('a stopped reader hands out nothing more, not even of the same chunk', () => {
    let count = 0;
    const reader = frameReader(LIMITS, () => {
      count++;
      reader.stop();
    });
    const frame = Buffer.alloc(HEADER_BYTES);
    reader.push(Buffer.concat([u32(64), frame, u32(64), frame, u32(9)]));
    reader.push(Buffer.concat([u32(64), frame]));
    expect(count).toBe(1);
  });

  test('a frame is written with its length before it', () => {
    const to = Buffer.alloc(90, 0xee);
    expect(writeFrame(to, 1, Buffer.alloc(64, 1), Buffer.alloc(3, 2))).toBe(72);
    expect(to.readUInt32LE(1)).toBe(67);
    expect([to[0], to[5], to[68], to[69], to[71], to[72]]).toEqual([0xee, 1, 1, 2, 2, 0xee]);
  });
});

test('a peer that breaks the framing loses its link, and the owner hears why', async () => {
  const { a, b } = await socketPair({ ...DEFAULT_LIMITS, frameBytes: 1000 });
  const lost = deferred<Error | undefined>();
  const gone = deferred<Error | undefined>();
  a.start({ onFrame() {}, onClose: gone.resolve });
  b.start({ onFrame: () => expect.unreachable(), onClose: lost.resolve });
  a.send(Buffer.alloc(1001));
  expect(await lost.promise).toBeInstanceOf(ProtocolError);
  expect(await gone.promise).toBeUndefined();
});

type FrameSpec = { rights: number; extension: number; body: number; memory: number[] };

function frameOf({ rights, extension, body, memory }: FrameSpec): Buffer {
  const descriptors = [
    ...Array.from({ length: rights }, (_, i) => ({ disp: 17, name: i })),
    ...memory.map((name) => ({ disp: DISP.MEMORY, name })),
  ];
  const head = encodeHead({ kind: 10 }, descriptors, [{ type: 1, bytes: Buffer.alloc(extension, DISP.MEMORY) }]);
  return Buffer.concat([head, Buffer.alloc(body, 1), ...memory.map((length, i) => Buffer.alloc(length, i + 2))]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
