import { describe, expect, test } from 'vitest';
import { AnonStore } from '../../../servers/pager-anon/anon-store.ts';
import { Swap } from '../../../servers/pager-anon/swap.ts';
import { Scratch } from '../../support/scratch.ts';
import { canMount, SmallDisk, WITHOUT_MOUNT } from '../block/small-disk.ts';
import { openFilesIn } from './open-files.ts';

const PAGE = 4096;

describe('the swap file', () => {
  test('has no name', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 4, 0);
    room.store.write(0, page(1));
    expect(scratch.files).toEqual([]);
    expect(openFilesIn(scratch.path)).toEqual([expect.stringMatching(/ \(deleted\)$/)]);
  });

  test('has as many pages as it may, and those of an object that has gone are for others', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 3, 0);
    for (let round = 1; round <= 3; round += 1) {
      const store = new AnonStore(8 * PAGE, room.swap, room.warn);
      store.write(0, Buffer.concat([page(round), page(round + 10), page(round + 20)]));
      // The same page again takes no more.
      store.write(PAGE, page(round + 30));
      expect(firsts(store.read(0, 3 * PAGE))).toEqual([round, round + 30, round + 20]);
      store.close();
    }
    expect(room.warnings).toEqual([]);
  });

  test('full: pages are kept in memory, and lost beyond, and then said to be lost', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 2, 2);
    const big = new AnonStore(8 * PAGE, room.swap, room.warn);
    for (let at = 0; at < 5; at += 1) big.write(at * PAGE, page(at + 1));
    expect(firsts(big.read(0, 4 * PAGE))).toEqual([1, 2, 3, 4]);
    expect(() => big.read(3 * PAGE, 2 * PAGE)).toThrow('there was no room to keep it');
    expect(() => big.flush()).toThrow('1 pages are lost');
    expect(room.warnings).toEqual([
      expect.stringContaining(`the swap file takes no more: ${2 * PAGE} bytes are used`),
      expect.stringContaining(`1 pages from ${4 * PAGE} to ${5 * PAGE}`),
    ]);
    // What is there may still change.
    big.write(0, Buffer.concat([page(11), page(12), page(13), page(14)]));
    expect(firsts(big.read(0, 4 * PAGE))).toEqual([11, 12, 13, 14]);
    big.close();
  });

  test('a page that was lost is there again when all of it was written anew, and there is room', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 1, 0);
    const first = new AnonStore(PAGE, room.swap, room.warn);
    const second = new AnonStore(PAGE + 100, room.swap, room.warn);
    first.write(0, page(1));
    // The end of the object is the end of its last page.
    second.write(PAGE, page(2).subarray(0, 100));
    expect(() => second.read(PAGE, 100)).toThrow('there was no room');
    first.close();
    second.write(PAGE, page(3).subarray(0, 99));
    expect(() => second.flush()).toThrow('1 pages are lost');
    second.write(PAGE, page(4).subarray(0, 100));
    second.flush();
    expect([...(second.read(PAGE, 100) ?? [])].slice(99, 101)).toEqual([4, 0]);
    second.close();
  });

  test.skipIf(!canMount)(`on a full disk${WITHOUT_MOUNT}: as if it were full`, async () => {
    await using scratch = await Scratch.make();
    using disk = new SmallDisk(scratch.join('small'), '32k');
    using room = roomFor(disk.path, 1000, 4);
    for (let at = 0; at < 12; at += 1) room.store.write(at * PAGE, page(at + 1));
    expect(firsts(room.store.read(0, 12 * PAGE))).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
    expect(room.warnings).toEqual([expect.stringContaining('ENOSPC')]);
    room.store.write(12 * PAGE, page(13));
    expect(() => room.store.read(12 * PAGE, PAGE)).toThrow('there was no room');
  });
});

describe('an object', () => {
  test('is nothing where nobody has written, and zeros beside what was', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 4, 0);
    expect(room.store.read(0, 4 * PAGE)).toBeNull();
    room.store.write(2 * PAGE, page(3));
    expect(room.store.read(0, 2 * PAGE)).toBeNull();
    expect(firsts(room.store.read(PAGE, 3 * PAGE))).toEqual([0, 3, 0]);
  });

  test('gets parts of a page from a broker whose pages are smaller; a slot has nothing of who had it before', async () => {
    await using scratch = await Scratch.make();
    using room = roomFor(scratch.path, 1, 0);
    const before = new AnonStore(PAGE, room.swap, room.warn);
    before.write(0, page(7));
    before.close();
    room.store.write(1024, page(5).subarray(0, 1024));
    expect(firsts(room.store.read(0, PAGE), 1024)).toEqual([0, 5, 0, 0]);
    room.store.write(0, page(6).subarray(0, 512));
    expect(firsts(room.store.read(0, PAGE), 512)).toEqual([6, 0, 5, 5, 0, 0, 0, 0]);
  });
});

type Room = Disposable & { swap: Swap; store: AnonStore; warnings: string[]; warn: (text: string) => void };

function roomFor(directory: string, filePages: number, memoryPages: number): Room {
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const swap = new Swap(directory, { swapBytes: filePages * PAGE, memoryBytes: memoryPages * PAGE }, warn);
  const store = new AnonStore(64 * PAGE, swap, warn);
  return {
    swap,
    store,
    warnings,
    warn,
    [Symbol.dispose]() {
      store.close();
      swap.leave();
    },
  };
}

function page(byte: number): Uint8Array {
  return new Uint8Array(PAGE).fill(byte);
}

/** The first byte of each piece. */
function firsts(bytes: Uint8Array | null, piece = PAGE): (number | undefined)[] {
  const all = bytes ?? new Uint8Array(0);
  return Array.from({ length: all.length / piece }, (_, at) => all[at * piece]);
}
