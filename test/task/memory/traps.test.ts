import { boot, DISP, RIGHT, type System } from 'easync';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { PAGE, RawPager } from './raw-pager.ts';

// The memory calls by number (pager.md §2.1, Part I): what each answers, and that a call that is refused has done nothing.

const [R, RW] = [1, 3];
const AT = 0x1000_0000;
const EVERYTHING = 2 ** 46;

let sys: System;
let traps: System['task']['traps'];
let pagers: RawPager[] = [];

beforeAll(async () => {
  sys = await boot({ label: 'here' });
  ({ traps } = sys.task);
});
afterEach(async () => {
  expect(await traps.vm_deallocate(0, EVERYTHING)).toEqual({ code: 0 });
  for (const pager of pagers) pager.stop();
  pagers = [];
});
afterAll(() => sys.dispose());

test('vm_allocate: anywhere from an address on, or at the very place', async () => {
  expect(await traps.vm_allocate(AT, PAGE, false)).toEqual({ code: 0, address: AT });
  expect(await traps.vm_allocate(AT, PAGE + 1, true)).toEqual({ code: 0, address: AT + PAGE });
  expect(await traps.vm_region(AT)).toMatchObject({ address: AT, size: PAGE, protection: RW, maximum: 7 });
  expect(await traps.vm_region(AT + PAGE)).toMatchObject({ address: AT + PAGE, size: 2 * PAGE });
  expect(await traps.vm_allocate(AT + PAGE, PAGE, false)).toMatchObject({ code: 'KERN_NO_SPACE' });
  expect(await traps.vm_allocate(0, PAGE, false)).toMatchObject({ code: 'KERN_NO_SPACE' });
  expect(await traps.vm_allocate(AT + 100, PAGE, false)).toMatchObject({ code: 'KERN_INVALID_ARGUMENT' });
  expect(await traps.vm_allocate(AT, 0, true)).toMatchObject({ code: 'KERN_INVALID_ARGUMENT' });
  expect(await traps.on(0x7777).vm_allocate(AT, PAGE, true)).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
  expect(await traps.vm_region(AT + 3 * PAGE)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
});

describe('vm_map', () => {
  test('keeps to the mask, and rounds sizes up to pages', async () => {
    const { address } = await traps.vm_map({ address: AT + PAGE, size: 1, mask: 0xffff, protection: RW });
    expect(address).toBe(AT + 0x10000);
    expect(await traps.vm_region(address)).toMatchObject({ size: PAGE });
  });

  test('is refused, and its pager hears of nothing', async () => {
    const { pager, object } = await onObject();
    for (const [wrong, code] of [
      [{ size: 0 }, 'KERN_INVALID_ARGUMENT'],
      [{ offset: 100 }, 'KERN_INVALID_ARGUMENT'],
      [{ mask: 5 }, 'KERN_INVALID_ARGUMENT'],
      [{ protection: 8 }, 'KERN_INVALID_ARGUMENT'],
      [{ protection: RW, maximum: R }, 'KERN_INVALID_ARGUMENT'],
      [{ address: AT + 1, anywhere: false }, 'KERN_INVALID_ARGUMENT'],
      [{ object: 0x7777, disp: DISP.COPY_SEND }, 'KERN_INVALID_NAME'],
      [{ disp: DISP.MOVE_SEND_ONCE }, 'KERN_INVALID_RIGHT'],
    ] as const) {
      const { code: answered } = await traps.vm_map({ size: PAGE, protection: R, ...object, ...wrong });
      expect({ wrong, answered }).toEqual({ wrong, answered: code });
    }
    expect(await traps.vm_region(0)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
    expect(pager.heard).toEqual([]);
  });

  test('of a dead port', async () => {
    const { name: port } = await traps.port_allocate(RIGHT.RECEIVE);
    await traps.port_insert_right(0, 6_000, port, DISP.MAKE_SEND).then(({ code }) => expect(code).not.toBe(0));
    await traps.port_insert_right(0, port, port, DISP.MAKE_SEND);
    await traps.port_mod_refs(port, RIGHT.RECEIVE, -1);
    const { code } = await traps.vm_map({ size: PAGE, protection: R, object: port, disp: DISP.COPY_SEND });
    expect(code).toBe('KERN_INVALID_CAPABILITY');
    await traps.port_deallocate(port);
  });

  test('a copy that cannot be made is not mapped', async () => {
    const { pager, object } = await onObject();
    pager.failing.add(1);
    const copy = { ...object, address: AT, anywhere: false, size: 2 * PAGE, copy: true, protection: RW };
    expect(await traps.vm_map(copy)).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    expect(await traps.vm_region(0)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
    pager.failing.clear();
    expect(await traps.vm_map(copy)).toEqual({ code: 0, address: AT });
  });
});

test('vm_deallocate takes whole pages, and what is not mapped does not matter', async () => {
  await traps.vm_allocate(AT, 4 * PAGE, false);
  await traps.vm_write(AT, new Uint8Array(4 * PAGE).fill(7));
  expect(await traps.vm_deallocate(AT + PAGE + 100, PAGE)).toEqual({ code: 0 });
  expect(await traps.vm_region(AT)).toMatchObject({ address: AT, size: PAGE, offset: 0 });
  expect(await traps.vm_region(AT + PAGE)).toMatchObject({ address: AT + 3 * PAGE, size: PAGE, offset: 3 * PAGE });
  expect(await traps.vm_read(AT + 3 * PAGE, 1)).toMatchObject({ code: 0, data: Buffer.of(7) });
  expect(await traps.vm_read(AT + PAGE - 1, 2)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
  expect(await traps.vm_deallocate(AT, 8 * PAGE)).toEqual({ code: 0 });
  expect(await traps.vm_deallocate(AT, 8 * PAGE)).toEqual({ code: 0 });
});

test('vm_protect: no hole, nothing beyond the maximum, which is set for good', async () => {
  await traps.vm_allocate(AT, 2 * PAGE, false);
  expect(await traps.vm_protect(AT, 3 * PAGE, false, R)).toEqual({ code: 'KERN_INVALID_ADDRESS' });
  expect(await traps.vm_protect(AT, PAGE, false, 8)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(await traps.vm_protect(AT, 2 * PAGE, false, RW)).toEqual({ code: 0 });
  expect(await traps.vm_protect(AT + PAGE, PAGE, true, R)).toEqual({ code: 0 });
  expect(await traps.vm_region(AT)).toMatchObject({ size: PAGE, protection: RW, maximum: 7 });
  expect(await traps.vm_region(AT + PAGE)).toMatchObject({ size: PAGE, protection: R, maximum: R });
  expect(await traps.vm_protect(AT, 2 * PAGE, false, RW)).toEqual({ code: 'KERN_PROTECTION_FAILURE' });
  expect(await traps.vm_protect(AT, 2 * PAGE, true, RW)).toEqual({ code: 'KERN_PROTECTION_FAILURE' });
});

describe('vm_read and vm_write', () => {
  test('go over the border of two regions, and do nothing at all where they may not', async () => {
    const { object } = await onObject();
    await traps.vm_allocate(AT, PAGE, false);
    await traps.vm_map({ ...object, address: AT + PAGE, anywhere: false, size: PAGE, protection: RW });
    expect(await traps.vm_write(AT + PAGE - 2, Uint8Array.of(1, 2, 3, 4))).toEqual({ code: 0 });
    expect(await traps.vm_read(AT + PAGE - 3, 6)).toEqual({ code: 0, data: Buffer.of(0, 1, 2, 3, 4, 0) });
    await traps.vm_protect(AT + PAGE, PAGE, false, R);
    expect(await traps.vm_write(AT + PAGE - 1, Uint8Array.of(9, 9))).toEqual({ code: 'KERN_PROTECTION_FAILURE' });
    expect(await traps.vm_write(AT + 2 * PAGE - 1, Uint8Array.of(9, 9))).toEqual({ code: 'KERN_INVALID_ADDRESS' });
    expect(await traps.vm_read(AT + PAGE - 1, 2)).toEqual({ code: 0, data: Buffer.of(2, 3) });
    expect(await traps.vm_read(AT, 2 ** 40)).toMatchObject({ code: 'KERN_INVALID_ARGUMENT' });
    expect(await traps.vm_read(AT, 0)).toEqual({ code: 0, data: Buffer.alloc(0) });
  });

  test('that wait for a page which cannot be had, is unmapped, or is given up', async () => {
    const { pager, object } = await onObject();
    pager.failing.add(0);
    pager.silent.add(1);
    await traps.vm_map({ ...object, address: AT, anywhere: false, size: 3 * PAGE, protection: RW });
    expect(await traps.vm_read(AT, 1)).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    expect(await traps.vm_write(AT, Uint8Array.of(1))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    const given = new AbortController();
    const aborted = traps.vm_read(AT + PAGE, 1, given.signal);
    const unmapped = traps.vm_write(AT + PAGE, Uint8Array.of(1));
    await until(() => pager.requested.has(1));
    given.abort();
    expect(await aborted).toMatchObject({ code: 'KERN_ABORTED' });
    await traps.vm_deallocate(AT + PAGE, PAGE);
    expect(await unmapped).toEqual({ code: 'KERN_INVALID_ADDRESS' });
    expect(await traps.vm_read(AT + 2 * PAGE, 1)).toEqual({ code: 0, data: Buffer.of(0) });
  });
});

/** A new object, and the arguments by which `vm_map` maps it. */
async function onObject(): Promise<{ pager: RawPager; object: { object: number; disp: number } }> {
  const pager = await RawPager.start(sys, `object of test ${expect.getState().currentTestName}`);
  pagers.push(pager);
  using right = pager.right();
  return { pager, object: { object: right.name, disp: DISP.MAKE_SEND } };
}
