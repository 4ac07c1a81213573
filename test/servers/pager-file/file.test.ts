import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { openPager, PAGE, Served } from './served.ts';

describe.each(['inline', 'thread', 'process', 'broker'] as const)('a file in placement %s', (place) => {
  test('is read and written as memory, by its name', async () => {
    await using served = await Served.start(2 * PAGE + 100, { place });
    expect(await served.pager.names()).toEqual(['book']);
    expect(await served.byte(2 * PAGE + 99)).toBe(1);
    await served.fill(PAGE - 1, 2, 7);
    await served.pager.sync({ name: 'book' });
    expect([...served.file.subarray(PAGE - 2, PAGE + 2)]).toEqual([1, 7, 7, 1]);
  });
});

test('a flush has what was written before it, and no more', async () => {
  await using served = await Served.start(PAGE);
  await served.fill(0, PAGE, 5);
  expect(served.file[0]).toBe(1);
  await served.pager.sync();
  await served.fill(0, PAGE, 6);
  expect(served.file.every((byte) => byte === 5)).toBe(true);
  await served.pager.sync();
  expect(served.file.every((byte) => byte === 6)).toBe(true);
});

test('what was written and not flushed is stored when the pager ends', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const path = scratch.join('book');
  writeFileSync(path, Buffer.alloc(PAGE, 1));
  const pager = await openPager(system.sys, { files: { book: path } }, 'process');
  const { port } = await pager.object({ name: 'book' });
  const region = await system.sys.task.vm.map(port, { size: PAGE });
  port.deallocate();
  await region.write(10, Uint8Array.of(9));
  pager[Symbol.dispose]();
  await until(() => readFileSync(path)[10] === 9);
  expect(await region.read(10, 1)).toEqual(Uint8Array.of(9));
  await region.unmap();
});

test('behind the end of the file are zeros, and the file does not get longer', async () => {
  await using served = await Served.start(PAGE + 100);
  expect(served.region.size).toBe(2 * PAGE);
  expect([...(await served.region.read(PAGE + 98, 4))]).toEqual([1, 1, 0, 0]);
  await served.fill(PAGE, PAGE, 3);
  await served.pager.sync();
  expect(served.file.length).toBe(PAGE + 100);
  expect([...served.file.subarray(PAGE)]).toEqual(Array.from({ length: 100 }, () => 3));
});

test('a page beyond the last one is an error', async () => {
  await using served = await Served.start(100);
  const { port } = await served.pager.object({ name: 'book' });
  await using wide = await served.sys.task.vm.map(port, { size: 2 * PAGE });
  port.deallocate();
  expect((await rejection(wide.read(PAGE, 1)))['code']).toBe('KERN_MEMORY_ERROR');
  expect((await rejection(wide.write(PAGE, Uint8Array.of(1))))['code']).toBe('KERN_MEMORY_ERROR');
  expect(served.file.length).toBe(100);
});

test('read-only: nobody writes, and the file may be one that cannot be written', async () => {
  await using system = await testSystem();
  // Nobody may write to a program that runs, whoever he is.
  const files = { node: { path: process.execPath, readOnly: true } };
  using pager = await openPager(system.sys, { files }, 'inline');
  const { port, size } = await pager.object({ name: 'node' });
  expect(size).toBe(statSync(process.execPath).size);
  await using region = await system.sys.task.vm.map(port, { size: PAGE });
  port.deallocate();
  expect([...(await region.read(0, 4))]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
  expect((await rejection(region.write(0, Uint8Array.of(1))))['code']).toBe('KERN_MEMORY_ERROR');
  await pager.sync();
  const refused = await rejection(openPager(system.sys, { files: { node: process.execPath } }, 'inline'));
  expect(refused['code']).toMatch(/^(ETXTBSY|EACCES)$/);
  expect(refused.message).toContain(process.execPath);
});

test('with a size it is made, or made longer, and never shorter', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const [fresh, short, long] = [scratch.join('fresh'), scratch.join('short'), scratch.join('long')];
  writeFileSync(short, 'abc');
  writeFileSync(long, Buffer.alloc(3 * PAGE));
  const files = Object.fromEntries(
    Object.entries({ fresh, short, long }).map(([name, path]) => [name, { path, size: PAGE }]),
  );
  using pager = await openPager(system.sys, { files }, 'inline');
  expect([fresh, short, long].map((path) => statSync(path).size)).toEqual([PAGE, PAGE, 3 * PAGE]);
  expect(statSync(fresh).mode & 0o777).toBe(0o600);
  const { port } = await pager.object({ name: 'short' });
  await using region = await system.sys.task.vm.map(port, { size: PAGE });
  port.deallocate();
  expect(Buffer.from(await region.read(0, 4)).toString()).toBe('abc\0');
});

describe('is refused', () => {
  test.each([
    ['what is not there', 'nowhere', 'ENOENT'],
    ['a directory', '.', 'EISDIR'],
    ['the same file under another name', 'link', 'EBUSY'],
  ])('%s', async (_what, name, code) => {
    await using scratch = await Scratch.make();
    await using system = await testSystem();
    const path = scratch.join(name);
    writeFileSync(scratch.join('book'), 'text');
    if (name === 'link') linkSync(scratch.join('book'), path);
    const files = { book: { path: scratch.join('book'), readOnly: true }, other: { path, readOnly: true } };
    const refused = await rejection(openPager(system.sys, { files }, 'inline'));
    expect(refused['code']).toBe(code);
    expect(refused.message).toContain(path);
    expect(existsSync(scratch.join('nowhere'))).toBe(false);
    // The one that was opened before it is closed again, and its name is free.
    using pager = await openPager(system.sys, { files: { book: scratch.join('book') } }, 'inline');
    expect(await pager.names()).toEqual(['book']);
  });

  test('a FIFO, whose open would wait for its other end', async () => {
    await using scratch = await Scratch.make();
    await using system = await testSystem();
    const path = scratch.join('fifo');
    execFileSync('mkfifo', [path]);
    const refused = await rejection(openPager(system.sys, { files: { fifo: path } }, 'inline'));
    expect(refused['code']).toBe('EOPNOTSUPP');
  });

  test.each([
    [{}],
    [{ files: 'book' }],
    [{ files: { book: 'relative' } }],
    [{ files: { book: { path: '/x', size: -1 } } }],
    [{ files: { book: { path: '/x', size: 1, readOnly: true } } }],
    [{ files: { book: { path: '/x', readOnly: 'yes' } } }],
  ])('options %j', async (options) => {
    await using system = await testSystem();
    const refused = await rejection(openPager(system.sys, options as never, 'inline'));
    expect(refused.name).toBe('TypeError');
    expect(refused.message).toContain('pager-file needs options');
  });
});
