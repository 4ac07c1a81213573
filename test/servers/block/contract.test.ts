import { types } from 'node:util';
import { Block, BlockError, MAX_TRANSFER } from 'easync/servers/block';
import { placements } from 'easync/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { DEVICES, type Disk, pattern, type Shape } from './devices.ts';

const LARGEST = pattern(MAX_TRANSFER, 3);

for (const { driver, module, options } of DEVICES) {
  placements({ subsystem: Block, module, name: driver }, (open, { row }) => {
    let scratch: Scratch;
    beforeEach(async () => {
      scratch = await Scratch.make();
    });
    afterEach(() => scratch[Symbol.asyncDispose]());
    const openDisk = (shape: Shape): Promise<Disk> => open(options(shape, scratch));

    test('what was written is read, whatever was not is zero', async () => {
      const disk = await openDisk({ blocks: 16, blockSize: 512 });
      expect(await disk.size()).toEqual({ blocks: 16, blockSize: 512 });
      expect(await disk.write({ lba: 3, data: pattern(1024, 1) })).toBe(2);
      expect(await disk.write({ lba: 4, data: pattern(512, 2) })).toBe(1);
      await disk.flush();
      const all = await disk.read({ lba: 0, count: 16 });
      const wanted = new Uint8Array(16 * 512);
      wanted.set(pattern(1024, 1), 3 * 512);
      wanted.set(pattern(512, 2), 4 * 512);
      expect(Buffer.compare(all, wanted)).toBe(0);
      expect(await disk.read({ lba: 15, count: 1 })).toEqual(new Uint8Array(512));
    });

    test('a write has the bytes of its submission, whatever the caller writes into its array meanwhile', async () => {
      const disk = await openDisk({ blocks: 1024 });
      // One block goes in the frame, many beside it.
      for (const blocks of [1, 64]) {
        const data = new Uint8Array(blocks * 4096);
        const written = Array.from({ length: 16 }, (_, i) => {
          data.fill(i + 1);
          const answer = disk.write({ lba: i * blocks, data });
          data.fill(0xee);
          return answer;
        });
        expect(await Promise.all(written)).toEqual(written.map(() => blocks));
        for (let i = 0; i < 16; i += 1) {
          const bytes = await disk.read({ lba: i * blocks, count: blocks });
          expect(Buffer.compare(bytes, new Uint8Array(blocks * 4096).fill(i + 1))).toBe(0);
        }
      }
    });

    test('the bytes of a read are the caller’s: they do not change, nor does the disk with them', async () => {
      const disk = await openDisk({ blocks: 4 });
      await disk.write({ lba: 0, data: pattern(4096, 1) });
      const first = await disk.read({ lba: 0, count: 1 });
      expect(first.byteLength).toBe(first.buffer.byteLength);
      await disk.write({ lba: 0, data: pattern(4096, 2) });
      expect(Buffer.compare(first, pattern(4096, 1))).toBe(0);
      first.fill(0);
      expect(Buffer.compare(await disk.read({ lba: 0, count: 1 }), pattern(4096, 2))).toBe(0);
    });

    test('the largest transfer works, a larger one is refused with the limit', async () => {
      const disk = await openDisk({ blocks: 600 });
      const most = MAX_TRANSFER / 4096;
      expect(await disk.write({ lba: 7, data: LARGEST })).toBe(most);
      expect(Buffer.compare(await disk.read({ lba: 7, count: most }), LARGEST)).toBe(0);
      const text = `EINVAL: invalid argument, read: ${most + 1} blocks in one call, where 256 may go (MAX_TRANSFER, 1048576 bytes)`;
      expect(await refusal(() => disk.read({ lba: 0, count: most + 1 }))).toBe(text);
      const tooMuch = new Uint8Array(MAX_TRANSFER + 4096);
      expect(await refusal(() => disk.write({ lba: 0, data: tooMuch }))).toBe(text.replace('read', 'write'));
    });

    test('refusals name the operation, the blocks and the device, and change nothing', async () => {
      const disk = await openDisk({ blocks: 16 });
      await disk.write({ lba: 15, data: pattern(4096, 5) });
      const none = 'of a device that has 16 (0 to 15)';
      const nowhere = 'ENXIO: no such device or address';
      const data = new Uint8Array(8192);
      expect(await refusal(() => disk.read({ lba: 16, count: 1 }))).toBe(`${nowhere}, read: block 16 ${none}`);
      expect(await refusal(() => disk.read({ lba: 15, count: 2 }))).toBe(`${nowhere}, read: blocks 15 to 16 ${none}`);
      expect(await refusal(() => disk.write({ lba: 15, data }))).toBe(`${nowhere}, write: blocks 15 to 16 ${none}`);
      expect(await refusal(() => disk.read({ lba: Number.MAX_SAFE_INTEGER, count: 200 }))).toContain(nowhere);
      expect(Buffer.compare(await disk.read({ lba: 15, count: 1 }), pattern(4096, 5))).toBe(0);
    });

    test('refuses what is no such call, in words', async () => {
      const disk = await openDisk({ blocks: 16 });
      for (const [what, call] of WRONG) {
        const error = await rejection(call(disk));
        // What cannot travel is refused by the codec, with its path, where there is a boundary.
        expect(['EINVAL', 'EBADBODY'], what).toContain(error['code']);
        if (error['code'] === 'EINVAL')
          expect(error.message, what).toMatch(/^EINVAL: .*, (read|write): (lba|count|data) /);
      }
      expect(Buffer.compare(await disk.read({ lba: 0, count: 16 }), new Uint8Array(16 * 4096))).toBe(0);
    });

    // Only there can a handler be on the stack of a call that is not copied first.
    if (row !== 'unchecked') return;
    test('a write has the bytes of its submission also if it had to wait', async () => {
      const disk = await openDisk({ blocks: 4 });
      const data = new Uint8Array(4096).fill(1);
      let waiting: unknown;
      // The one way in while its handler is on the stack: code that the handler runs, in what it was called with.
      const answer = disk.write({
        lba: 0,
        get data() {
          waiting = disk.write({ lba: 1, data });
          data.fill(2);
          return new Uint8Array(4096).fill(3);
        },
      });
      expect(types.isPromise(answer)).toBe(false);
      expect(types.isPromise(waiting)).toBe(true);
      expect(await waiting).toBe(1);
      expect((await disk.read({ lba: 0, count: 2 })).filter((_, i) => i % 4096 === 0)).toEqual(Uint8Array.of(3, 1));
    });
  });
}

/** Calls that no compiler lets through, as another program may send them. */
type Untyped = { read(args?: unknown): unknown; write(args?: unknown): unknown };

const WRONG: readonly [string, (disk: Disk) => unknown][] = [
  ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '0', null, 1n].map((lba): [string, Call] => [
    `lba ${typeof lba} ${String(lba)}`,
    untyped((disk) => disk.read({ lba, count: 1 })),
  ]),
  ...[0, -1, 1.5, Number.NaN, 2 ** 53, '1', undefined].map((count): [string, Call] => [
    `count ${typeof count} ${String(count)}`,
    untyped((disk) => disk.read({ lba: 0, count })),
  ]),
  ['no arguments', untyped((disk) => disk.read())],
  ['null for arguments', untyped((disk) => disk.write(null))],
  ['a string for arguments', untyped((disk) => disk.write('lba'))],
  ['a string for data', untyped((disk) => disk.write({ lba: 0, data: 'x'.repeat(4096) }))],
  ['an array for data', untyped((disk) => disk.write({ lba: 0, data: Array.from({ length: 4096 }, () => 1) }))],
  ['no data', untyped((disk) => disk.write({ lba: 0 }))],
  ['other elements than bytes', untyped((disk) => disk.write({ lba: 0, data: new Float64Array(512).fill(1) }))],
  ['a bare ArrayBuffer', untyped((disk) => disk.write({ lba: 0, data: new ArrayBuffer(4096) }))],
  ['bytes that are no whole blocks', (disk) => disk.write({ lba: 0, data: new Uint8Array(4097).fill(1) })],
  ['less than a block', (disk) => disk.write({ lba: 0, data: new Uint8Array(512).fill(1) })],
  ['no bytes at all', (disk) => disk.write({ lba: 0, data: new Uint8Array(0) })],
  ['a negative lba of a write', (disk) => disk.write({ lba: -1, data: new Uint8Array(4096).fill(1) })],
  ['shared memory', (disk) => disk.write({ lba: 0, data: new Uint8Array(new SharedArrayBuffer(4096)).fill(1) })],
  [
    'memory that was given away',
    (disk) => {
      const data = new Uint8Array(4096).fill(1);
      structuredClone(data, { transfer: [data.buffer] });
      return disk.write({ lba: 0, data });
    },
  ],
];

type Call = (disk: Disk) => unknown;

function untyped(call: (disk: Untyped) => unknown): Call {
  return (disk) => call(disk as unknown as Untyped);
}

async function refusal(call: () => unknown): Promise<string> {
  const error = await rejection(call());
  expect(error).toMatchObject({ name: BlockError.name });
  expect(error.message).toContain(`${String(error['code'])}: `);
  return error.message;
}
