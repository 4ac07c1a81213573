import { linkSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';
import { PAGE, Served } from './served.ts';

// What others do to the file while it is served.
describe('an edit', () => {
  test('is seen in a page that nobody has, and after invalidate in all', async () => {
    await using served = await Served.start(3 * PAGE);
    expect(await served.byte(0)).toBe(1);
    writeFileSync(served.path, Buffer.alloc(3 * PAGE, 2));
    expect(await served.byte(0)).toBe(1);
    expect(await served.byte(PAGE)).toBe(2);
    await served.pager.invalidate({ name: 'book', offset: 0, length: PAGE });
    expect(await served.byte(0)).toBe(2);
  });

  test('loses against what a task wrote to the same page', async () => {
    await using served = await Served.start(2 * PAGE);
    await served.fill(0, 1, 7);
    await served.byte(PAGE);
    writeFileSync(served.path, Buffer.alloc(2 * PAGE, 2));
    await served.pager.invalidate({ name: 'book' });
    expect([...(await served.region.read(0, 2)), await served.byte(PAGE)]).toEqual([7, 1, 2]);
    await served.pager.sync();
    expect([...served.file.subarray(0, 2), served.file[PAGE]]).toEqual([7, 1, 2]);
  });
});

describe('a file that was cut', () => {
  test('is not read as zeros: what is not there is an error, until it is there again', async () => {
    await using served = await Served.start(3 * PAGE, { place: 'process' });
    expect(await served.byte(2 * PAGE)).toBe(1);
    truncateSync(served.path, PAGE + 1);
    expect(await served.byte(2 * PAGE)).toBe(1);
    expect((await rejection(served.region.read(PAGE, 1)))['code']).toBe('KERN_MEMORY_ERROR');
    expect(await served.byte(0)).toBe(1);
    await until(() => served.output.some((line) => line.includes(`somebody has cut it: it has ${PAGE + 1} bytes`)));
    truncateSync(served.path, 3 * PAGE);
    expect([await served.byte(PAGE), await served.byte(PAGE + 1)]).toEqual([1, 0]);
  });

  test('does not grow again by what is written to it: sync says so, and the bytes are kept', async () => {
    await using served = await Served.start(2 * PAGE, { place: 'process' });
    await served.fill(PAGE, PAGE, 8);
    truncateSync(served.path, 10);
    const failure = await rejection(served.pager.sync({ name: 'book' }));
    expect(failure['code']).toBe('KERN_MEMORY_ERROR');
    expect(failure.message).toContain(`somebody has cut it: it has 10 bytes of ${2 * PAGE}`);
    expect(served.file.length).toBe(10);
    truncateSync(served.path, 2 * PAGE);
    await served.pager.sync({ name: 'book' });
    expect([...served.file.subarray(PAGE - 1, PAGE + 1)]).toEqual([0, 8]);
  });
});

test('a file that grows: the object keeps its size, and what was appended its bytes', async () => {
  await using served = await Served.start(100);
  writeFileSync(served.path, Buffer.alloc(PAGE, 2), { flag: 'a' });
  expect([await served.byte(99), await served.byte(100)]).toEqual([1, 0]);
  await served.fill(98, 4, 5);
  await served.pager.sync();
  expect([...served.file.subarray(97, 102)]).toEqual([1, 5, 5, 2, 2]);
  expect(await served.pager.object({ name: 'book' })).toMatchObject({ size: 100 });
});

describe.each([
  ['was removed', (path: string): void => rmSync(path)],
  [
    'was replaced',
    (path: string): void => (writeFileSync(`${path}.new`, 'the new one'), renameSync(`${path}.new`, path)),
  ],
])('a file that %s', (_what, vanish) => {
  test('goes on being read and written, and sync says that it is not there any more', async () => {
    await using served = await Served.start(2 * PAGE);
    const kept = served.scratch.join('kept');
    linkSync(served.path, kept);
    vanish(served.path);
    expect(await served.byte(PAGE)).toBe(1);
    await served.fill(0, 1, 4);
    const failure = await rejection(served.pager.sync({ name: 'book' }));
    expect(failure.message).toContain('ESTALE');
    expect(failure.message).toContain(`${served.path}: it was removed, moved or replaced`);
    expect(readFileSync(kept)[0]).toBe(4);
    renameSync(kept, served.path);
    await served.pager.sync({ name: 'book' });
    expect(served.file[0]).toBe(4);
  });
});

test('a file that was replaced: the new one is not written to, and the pager says at its end what is lost', async () => {
  await using served = await Served.start(PAGE, { place: 'process' });
  await served.fill(0, PAGE, 4);
  rmSync(served.path);
  writeFileSync(served.path, 'the new one');
  served.pager[Symbol.dispose]();
  await until(() => served.output.some((line) => line.includes('ESTALE')));
  expect(served.file.toString()).toBe('the new one');
});
