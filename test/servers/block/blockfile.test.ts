import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { Block } from 'easync/servers/block';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { BLOCKFILE, pattern } from './devices.ts';

describe.each(['inline', 'thread', 'process'] as const)('blockfile %s', (place) => {
  test('a file is a device again when it is opened again, with no more to say than its path', async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    const path = scratch.join('disk');
    {
      using disk = await t.sys.open(Block, BLOCKFILE, { place, options: { path, blocks: 8, create: true } });
      await disk.write({ lba: 2, data: pattern(4096, 1) });
    }
    expect(statSync(path)).toMatchObject({ size: 8 * 4096, mode: 0o100600 });
    expect(Buffer.compare(readFileSync(path).subarray(8192, 12288), pattern(4096, 1))).toBe(0);
    using again = await t.sys.open(Block, BLOCKFILE, { place, options: { path } });
    expect(await again.size()).toEqual({ blocks: 8, blockSize: 4096 });
    expect(Buffer.compare(await again.read({ lba: 2, count: 1 }), pattern(4096, 1))).toBe(0);
  });

  test('a file that was cut behind its back is an error, not zeros, and is not made long again by a write', async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    const path = scratch.join('disk');
    using disk = await t.sys.open(Block, BLOCKFILE, { place, options: { path, blocks: 8, create: true } });
    await disk.write({ lba: 0, data: pattern(8 * 4096, 1) });
    truncateSync(path, 5 * 4096 + 100);
    const cut = `of 8 in ${path}: the file has 20580 bytes of 32768; somebody has cut it`;
    expect((await rejection(disk.read({ lba: 5, count: 2 }))).message).toBe(
      `EIO: i/o error, read: blocks 5 to 6 ${cut}`,
    );
    expect((await rejection(disk.read({ lba: 7, count: 1 }))).message).toBe(`EIO: i/o error, read: block 7 ${cut}`);
    const data = pattern(4096, 2);
    expect(await rejection(disk.write({ lba: 7, data }))).toMatchObject({ name: 'BlockError', code: 'EIO' });
    expect(statSync(path).size).toBe(20580);
    expect(Buffer.compare(await disk.read({ lba: 0, count: 5 }), pattern(5 * 4096, 1))).toBe(0);
  });

  test('the file is closed when the last right goes', async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem();
    const path = scratch.join('disk');
    const disk = await t.sys.open(Block, BLOCKFILE, { place, options: { path, blocks: 8, create: true } });
    const { pid } = await disk.where();
    expect(openCount(pid, path)).toBe(1);
    disk[Symbol.dispose]();
    await until(() => openCount(pid, path) === 0);
  });
});

test.each([
  ['no path', {}, /^blockfile needs options \{ path/],
  ['a relative path', { path: 'disk', blocks: 1, create: true }, /^blockfile needs options \{ path/],
  ['no options', undefined, /^blockfile needs options \{ path/],
  ['no blocks for a new file', { path: '@', create: true }, /options.blocks is how many/],
  ['no whole blocks', { path: '@', create: true, blocks: 1.5 }, /options.blocks is how many .* not 1.5$/],
  ['more blocks than numbers', { path: '@', create: true, blocks: 2 ** 52 }, /options.blocks is how many/],
  [
    'an odd block size',
    { path: '@', create: true, blocks: 1, blockSize: 1000 },
    /blockSize is a power of two .* not 1000$/,
  ],
  ['a huge block size', { path: '@', create: true, blocks: 1, blockSize: 2 ** 20 }, /blockSize is a power of two/],
  [
    'a `create` that is text',
    { path: '@', create: 'false', blocks: 1 },
    /options.create is true or false, not string$/,
  ],
  ['a `create` that is null', { path: '@', create: null, blocks: 1 }, /options.create is true or false, not null$/],
  ['a file that is not there', { path: '@', blocks: 1 }, /^ENOENT: no such file or directory, open: \//],
  ['a directory', { path: '/', blocks: 1 }, /^EISDIR: /],
  ['a device of characters', { path: '/dev/null' }, /^EINVAL: .*no regular file/],
])('refuses %s', async (_what, options: Record<string, unknown> | undefined, text) => {
  await using scratch = await Scratch.make();
  await using t = await testSystem();
  const path = scratch.join('disk');
  const given = options?.['path'] === '@' ? { ...options, path } : options;
  const error = await rejection(t.sys.open(Block, BLOCKFILE, { options: given }));
  expect(error.message).toMatch(text);
});

test('refuses a FIFO without waiting for its other end', async () => {
  await using scratch = await Scratch.make();
  await using t = await testSystem();
  execFileSync('mkfifo', [scratch.join('fifo')]);
  const error = await rejection(t.sys.open(Block, BLOCKFILE, { options: { path: scratch.join('fifo') } }));
  expect(error.message).toMatch(/^EINVAL: .*no regular file/);
});

test.each([
  [8192, { blocks: 3 }, 'has 8192 bytes, where 3 blocks of 4096 are 12288'],
  [8192, { blocks: 1 }, 'has 8192 bytes, where 1 blocks of 4096 are 4096'],
  [5000, {}, 'has 5000 bytes, where 1 blocks of 4096 are 4096'],
  [100, { create: true, blocks: 1 }, 'has 100 bytes, where 1 blocks of 4096 are 4096'],
  [0, {}, 'has 0 bytes, where 1 blocks of 4096 are 4096'],
])('a file of %d bytes is no device with %j, and stays as it is', async (bytes, options, text) => {
  await using scratch = await Scratch.make();
  await using t = await testSystem();
  const path = scratch.join('disk');
  writeFileSync(path, Buffer.alloc(bytes, 7));
  const error = await rejection(t.sys.open(Block, BLOCKFILE, { options: { ...options, path } }));
  expect(error.message).toContain(text);
  expect(readFileSync(path)).toEqual(Buffer.alloc(bytes, 7));
});

test('`create` opens a device that is there, and makes one of what a killed creator has left', async () => {
  await using scratch = await Scratch.make();
  await using t = await testSystem();
  const path = scratch.join('disk');
  writeFileSync(path, '');
  const options = { path, blocks: 4, blockSize: 512, create: true };
  using disk = await t.sys.open(Block, BLOCKFILE, { options });
  await disk.write({ lba: 3, data: pattern(512, 1) });
  using again = await t.sys.open(Block, BLOCKFILE, { options });
  expect(Buffer.compare(await again.read({ lba: 3, count: 1 }), pattern(512, 1))).toBe(0);
});

/** How many descriptors of the process are on the file. */
function openCount(pid: number, path: string): number {
  const of = (fd: string): string => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  };
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => of(fd) === path).length;
  } catch {
    return 0;
  }
}
