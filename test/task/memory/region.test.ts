import { boot, type System } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { rejection } from '../../support/rejection.ts';
import { SharedBroker } from '../../support/shared-broker.ts';
import { until } from '../../support/until.ts';
import { PAGE, RawPager } from './raw-pager.ts';

// How a region fails, and what its user is told.

let sys: System;
beforeAll(async () => void (sys = await boot({ label: 'here' })));
afterAll(() => sys.dispose());

test('bytes that are not in it', async () => {
  await using region = await sys.task.vm.allocate(PAGE);
  for (const [offset, length] of [
    [-1, 1],
    [PAGE, 1],
    [PAGE - 1, 2],
    [0.5, 1],
    [Number.NaN, 1],
    [0, -1],
  ] as const) {
    const error = await rejection((async () => region.read(offset, length))());
    expect({ offset, length, code: error['code'] }).toEqual({ offset, length, code: 'KERN_INVALID_ADDRESS' });
  }
  const error = await rejection((async () => region.write(PAGE - 1, new Uint8Array(2)))());
  expect(error).toMatchObject({ code: 'KERN_INVALID_ADDRESS', op: 'write' });
  expect(error.message).toContain(`bytes ${PAGE - 1} to ${PAGE + 1} are not in this region of ${PAGE} bytes`);
  expect(await region.read(PAGE, 0)).toEqual(new Uint8Array(0));
  expect(await rejection(sys.task.vm.region(region.address + PAGE))).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
});

test('what is no offset, no bytes, no right and no options', async () => {
  await using region = await sys.task.vm.allocate(PAGE);
  const wrong = (value: unknown): never => value as never;
  const { vm } = sys.task;
  for (const [asked, code, text] of [
    [() => region.ident(wrong(undefined)), 'KERN_INVALID_ADDRESS', 'ident: 4 bytes at offset undefined'],
    [() => region.write(0, wrong('text')), 'EINVAL', 'Buffer.from'],
    [() => region.readInto(0, wrong([])), 'EINVAL', 'bytes are a Uint8Array'],
    [() => vm.map(wrong(5), { size: PAGE }), 'EINVAL', 'a send right to a memory object'],
    [() => region.futex(0).wait(wrong('0')), 'EINVAL', '0 (a string) is no integer'],
    [() => region.futex(0).lock({ timeoutMs: wrong('5') }), 'EINVAL', 'timeoutMs is a number'],
    [() => region.futex(0).lock({ signal: wrong(5) }), 'EINVAL', 'signal is an AbortSignal'],
    [() => region.futex(0).wait(0, wrong(50)), 'EINVAL', 'options are an object'],
  ] as const) {
    const error = await rejection((async () => asked())());
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
  }
  await region.unmap();
  const error = await rejection((async () => region.read(0, 1))());
  expect(error).toMatchObject({ code: 'ERELEASED', message: expect.stringContaining('map the object again') });
});

test('a copy that is more than the cache takes at once says so', async () => {
  const pager = await RawPager.start(sys, 'large');
  using object = pager.right();
  const size = (DEFAULT_LIMITS.cachePages + 1) * PAGE;
  const error = await rejection(sys.task.vm.map(object, { size, copy: true }));
  expect(error).toMatchObject({ code: 'KERN_RESOURCE_SHORTAGE', op: 'map' });
  expect(error.message).toContain('(cachePages)');
});

test('a page that its pager cannot give fails for who waits, is asked for again, and is no other’s trouble', async () => {
  const pager = await RawPager.start(sys, 'failing');
  using object = pager.right();
  const region = await sys.task.vm.map(object, { size: 3 * PAGE });
  pager.failing.add(1);
  const [error, other] = await Promise.all([rejection(region.read(PAGE - 1, 2)), region.read(2 * PAGE, 1)]);
  expect(error).toMatchObject({ code: 'KERN_MEMORY_ERROR', op: 'read' });
  expect(error.message).toContain('its pager has failed');
  expect(other).toEqual(Uint8Array.of(0));
  expect(await rejection(region.write(PAGE, Uint8Array.of(1)))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  pager.failing.clear();
  await region.write(PAGE, Uint8Array.of(1));
  expect(region.read(PAGE, 1)).toEqual(Uint8Array.of(1));
  await region.unmap();
  pager.stop();
});

test('a page that does not come is waited for until one gives up, and can come after that', async () => {
  const pager = await RawPager.start(sys, 'slow');
  using object = pager.right();
  await using region = await sys.task.vm.map(object, { size: 2 * PAGE });
  pager.silent.add(0);
  const gaveUp = new AbortController();
  const abandoned = rejection(region.read(0, 1, { signal: gaveUp.signal }));
  const patient = region.read(0, 1);
  await until(() => pager.requested.has(0));
  expect([...(await region.read(PAGE, 1))]).toEqual([0]);
  gaveUp.abort();
  expect(await abandoned).toMatchObject({ code: 'KERN_ABORTED' });
  pager.store.set(0, Buffer.alloc(PAGE, 5));
  pager.supply(0);
  expect(await patient).toEqual(Uint8Array.of(5));
  pager.stop();
});

test('what is here is here when the pager has gone, and the rest is lost', async () => {
  const pager = await RawPager.start(sys, 'mortal');
  using object = pager.right();
  await using region = await sys.task.vm.map(object, { size: 3 * PAGE });
  await region.write(0, Uint8Array.of(1));
  pager.silent.add(1);
  const waiting = rejection(region.read(PAGE, 1));
  await until(() => pager.requested.has(1));
  pager.stop();
  expect(await waiting).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(await rejection(region.read(2 * PAGE, 1))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(region.read(0, 1)).toEqual(Uint8Array.of(1));
});

test('without its broker nothing is written, as nobody would take it back', async () => {
  await using broker = await SharedBroker.start();
  const here = await boot({ socket: broker.socket });
  const pager = await RawPager.start(here, 'silent');
  using object = pager.right();
  const region = await here.task.vm.map(object, { size: 2 * PAGE });
  await region.write(0, Uint8Array.of(1));
  pager.silent.add(1);
  const waiting = rejection(region.read(PAGE, 1));
  await until(() => pager.requested.has(1));
  broker.program.kill();
  expect(await waiting).toMatchObject({ code: 'EBROKERDIED' });
  expect(await rejection(region.write(0, Uint8Array.of(2)))).toMatchObject({ code: 'KERN_INVALID_TASK' });
  expect(await rejection(region.read(0, 1))).toMatchObject({ code: 'KERN_INVALID_TASK' });
  await region.unmap();
  await here.dispose();
});
