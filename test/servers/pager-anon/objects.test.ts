import { mkdirSync } from 'node:fs';
import { Pager } from 'easync/pager';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { openFilesIn } from './open-files.ts';

const PAGER_ANON = new URL('../../../dist/servers/pager-anon/index.js', import.meta.url);
const PAGE = 4096;

describe.each(['inline', 'thread', 'process', 'broker'] as const)('memory to share, in placement %s', (place) => {
  test('begins as zeros, is one for all who map it, and ends with the last of them', async () => {
    await using system = await testSystem();
    const { vm } = system.sys.task;
    using pager = await system.sys.open(Pager, PAGER_ANON, { place });
    const { port, size } = await pager.open({ of: { size: 3 * PAGE } });
    expect(size).toBe(3 * PAGE);
    await using one = await vm.map(port, { size });
    await using other = await vm.map(port, { size: PAGE, offset: PAGE });
    port.deallocate();
    expect([...(await one.read(PAGE - 1, 2))]).toEqual([0, 0]);
    await one.write(PAGE - 1, Uint8Array.of(1, 2, 3));
    expect([...(await other.read(0, 3))]).toEqual([2, 3, 0]);
    await pager.sync();
    const objects = async (): Promise<number> => (await system.sys.host?.vm())?.objects.length ?? -1;
    expect(await objects()).toBe(1);
    await one.unmap();
    expect([...(await other.read(0, 3))]).toEqual([2, 3, 0]);
    await other.unmap();
    await until(async () => (await objects()) === 0);
  });
});

test('an object with a name keeps what was written while nobody maps it', async () => {
  await using system = await testSystem();
  const { sys } = system;
  using _pager = await sys.open(Pager, PAGER_ANON, { place: 'inline', options: { objects: { board: 2 * PAGE } } });
  for (const [before, after] of [
    [0, 5],
    [5, 6],
  ] as const) {
    const { port } = await sys.names.lookUp({ name: 'board' });
    await using region = await sys.task.vm.map(port, { size: 2 * PAGE });
    port.deallocate();
    expect((await region.read(PAGE, 1))[0]).toBe(before);
    await region.write(PAGE, Uint8Array.of(after));
  }
});

test('the swap file leaves nothing behind', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const directory = scratch.join('swap');
  mkdirSync(directory);
  const pager = await system.sys.open(Pager, PAGER_ANON, { place: 'inline', options: { directory } });
  const { port } = await pager.open({ of: { size: PAGE } });
  const region = await system.sys.task.vm.map(port, { size: PAGE });
  port.deallocate();
  await region.write(0, Uint8Array.of(1));
  await pager.sync();
  expect(scratch.files).toEqual(['swap']);
  expect(openFilesIn(directory)).toHaveLength(1);
  await region.unmap();
  pager[Symbol.dispose]();
  await until(() => openFilesIn(directory).length === 0);
});

describe('is refused', () => {
  test.each([[undefined], [{}], [{ size: 0 }], [{ size: 1.5 }], [{ size: '4096' }]])('open of %j', async (of) => {
    await using system = await testSystem();
    using pager = await system.sys.open(Pager, PAGER_ANON, { place: 'inline' });
    const refused = await rejection(pager.open({ of }));
    expect(refused.message).toContain('open({ of: { size } })');
  });

  test.each([
    ['objects', { objects: { board: -1 } }],
    ['swapBytes', { swapBytes: '1' }],
    ['memoryBytes', { memoryBytes: -1 }],
    ['directory', { directory: 'here' }],
    ['defaultPager', { defaultPager: 7 }],
  ])('options.%s that is none', async (name, options) => {
    await using system = await testSystem();
    const refused = await rejection(system.sys.open(Pager, PAGER_ANON, { place: 'inline', options }));
    expect(refused.name).toBe('TypeError');
    expect(refused.message).toContain(`pager-anon: options.${name}`);
  });
});
