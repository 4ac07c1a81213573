import { fstatSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { FileMemory } from '../../src/os/file-memory.ts';
import { MappedMemory } from '../../src/os/mapped-memory.ts';
import type { SharedMemory } from '../../src/os/shared-memory.ts';
import { FORMS } from './forms.ts';

const GIB = 2 ** 30;
const PAGE = 4096;

describe.each(FORMS)('shared memory, $form', ({ form, create }) => {
  test('a window is what its name says', () => {
    using file = create(PAGE);
    expect(file).toMatchObject({ bytes: PAGE, isSealed: form === 'mapped' });
    expect(file.window(0, PAGE)).toBeInstanceOf(form === 'mapped' ? MappedMemory : FileMemory);
  });

  test('words and bytes are zero at first, and then what was put there, in every window', () => {
    using file = create(4 * PAGE);
    using all = file.window(0, 4 * PAGE);
    // Begins inside a page, and crosses into the next.
    using some = file.window(PAGE - 8, PAGE);
    expect([some.bytes, some.load(0), bytesOf(all, PAGE - 8, 8)]).toEqual([PAGE, 0, [0, 0, 0, 0, 0, 0, 0, 0]]);
    some.store(4, 0xfedc_ba98);
    some.write(8, Uint8Array.of(1, 2, 3));
    expect(bytesOf(all, PAGE - 8, 12)).toEqual([0, 0, 0, 0, 0x98, 0xba, 0xdc, 0xfe, 1, 2, 3, 0]);
    all.store(PAGE - 4, 7);
    expect([some.load(4), bytesOf(some, 7, 3)]).toEqual([7, [0, 1, 2]]);
    some.store(PAGE - 4, 2 ** 32 - 1);
    expect(all.load(2 * PAGE - 12)).toBe(2 ** 32 - 1);
  });

  test('a write takes the bytes of a view, and a read fills one, and neither more', () => {
    using file = create(PAGE);
    using memory = file.window(0, PAGE);
    memory.write(1, Uint8Array.of(9, 8, 7, 6).subarray(1, 3));
    const target = new Uint8Array(6).fill(5);
    memory.read(0, target.subarray(1, 5));
    expect([...target]).toEqual([5, 0, 8, 7, 0, 5]);
    memory.read(PAGE, new Uint8Array(0));
    memory.write(PAGE, new Uint8Array(0));
  });

  test('what lies outside, or is not aligned, is refused and changes nothing', () => {
    using file = create(2 * PAGE);
    using all = file.window(0, 2 * PAGE);
    using memory = file.window(8, 16);
    for (const at of [-4, 2, 13, 16, 2 ** 40, 0.5, Number.NaN]) {
      expect(
        codeOf(() => memory.load(at)),
        String(at),
      ).toBe('EINVAL');
      expect(
        codeOf(() => memory.store(at, 1)),
        String(at),
      ).toBe('EINVAL');
    }
    for (const at of [-1, 13, 16, 17, 1.5, Number.NaN, Infinity]) {
      expect(
        codeOf(() => memory.read(at, new Uint8Array(4))),
        String(at),
      ).toBe('EINVAL');
      expect(
        codeOf(() => memory.write(at, new Uint8Array(4).fill(1))),
        String(at),
      ).toBe('EINVAL');
    }
    expect(bytesOf(all, 0, 40).every((byte) => byte === 0)).toBe(true);
    for (const [offset, bytes] of [
      [-4, 8],
      [4, 2 * PAGE],
      [3 * PAGE, 4],
      [2, 4],
      [0, 1.5],
      [0, -1],
      [Number.NaN, 4],
    ] as const) {
      expect(
        codeOf(() => file.window(offset, bytes)),
        `${offset} ${bytes}`,
      ).toBe('EINVAL');
    }
    expect(codeOf(() => file.discard(PAGE, PAGE + 1))).toBe('EINVAL');
  });

  test('what is discarded is zero, its neighbours are not, and its memory is given back', () => {
    using file = create(64 * PAGE);
    using memory = file.window(0, 64 * PAGE);
    const blocks = (): number => fstatSync(file.fd).blocks;
    const empty = blocks();
    memory.write(0, new Uint8Array(64 * PAGE).fill(1));
    const full = blocks();
    file.discard(PAGE + 10, 62 * PAGE - 10);
    // Looked at first: to read a hole of a mapping gives it memory.
    if (form === 'mapped') expect(blocks() * 512).toBe(3 * PAGE);
    expect(bytesOf(memory, PAGE + 8, 4)).toEqual([1, 1, 0, 0]);
    expect(bytesOf(memory, 63 * PAGE - 2, 4)).toEqual([0, 0, 1, 1]);
    expect(bytesOf(memory, 40 * PAGE, PAGE).every((byte) => byte === 0)).toBe(true);
    expect(full).toBeGreaterThan(empty);
    file.discard(0, 0);
    file.discard(0, 64 * PAGE);
    if (form === 'mapped') expect(blocks()).toBe(empty);
    expect(bytesOf(memory, 0, 64 * PAGE).every((byte) => byte === 0)).toBe(true);
  });

  test('a file may be far larger than memory, and a window than can be mapped', () => {
    using file = create(64 * GIB);
    using end = file.window(64 * GIB - PAGE, PAGE);
    using large = file.window(0, 3 * GIB);
    end.store(PAGE - 4, 77);
    large.store(3 * GIB - 4, 78);
    using both = file.window(3 * GIB - 8, 8);
    expect([end.load(PAGE - 4), large.load(3 * GIB - 4), both.load(4)]).toEqual([77, 78, 78]);
    file.discard(64 * GIB - PAGE, PAGE);
    expect(end.load(PAGE - 4)).toBe(0);
    expect(fstatSync(file.fd).blocks * 512).toBeLessThan(16 * PAGE);
  });

  test('a window that was disposed answers ERELEASED, and others go on', () => {
    using file = create(PAGE);
    using other = file.window(0, PAGE);
    const memory = file.window(0, PAGE);
    memory.store(0, 5);
    memory[Symbol.dispose]();
    memory[Symbol.dispose]();
    expect(usesOf(memory).map(codeOf)).toEqual(['ERELEASED', 'ERELEASED', 'ERELEASED', 'ERELEASED']);
    expect(other.load(0)).toBe(5);
  });

  test('a file that is disposed takes its windows along', () => {
    const file = create(PAGE);
    const memory = file.window(0, PAGE);
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    expect(usesOf(memory).map(codeOf)).toEqual(['ERELEASED', 'ERELEASED', 'ERELEASED', 'ERELEASED']);
    expect([() => file.fd, () => file.window(0, 4), () => file.discard(0, 4)].map(codeOf)).toEqual([
      'ERELEASED',
      'ERELEASED',
      'ERELEASED',
    ]);
    memory[Symbol.dispose]();
  });
});

function bytesOf(memory: SharedMemory, at: number, bytes: number): number[] {
  const target = new Uint8Array(bytes);
  memory.read(at, target);
  return [...target];
}

function usesOf(memory: SharedMemory): (() => unknown)[] {
  return [
    () => memory.load(0),
    () => memory.store(0, 1),
    () => memory.read(0, new Uint8Array(4)),
    () => memory.write(0, new Uint8Array(4)),
  ];
}

function codeOf(use: () => unknown): ErrorCode | undefined {
  try {
    use();
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
  return undefined;
}
