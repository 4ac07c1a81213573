import { boot, type Region, type System } from 'easync';
import { definePager, type ServedPager, servePager, type Store } from 'easync/pager';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';
import { Book } from './book.ts';

const PAGE = 4096;

function serveOn(systems: readonly [System, ...System[]], book: Store): Promise<ServedPager> {
  const [first, ...others] = systems.map(({ task, names }) => ({ task, names }));
  if (first === undefined) throw new TypeError('a pager has a broker');
  return servePager(
    definePager(() => ({ objects: { book } })),
    [first, ...others],
    { name: 'library' },
  );
}

async function mapped({ names, task }: System, size: number): Promise<Region> {
  const { port } = await names.lookUp({ name: 'book' });
  using right = port;
  return task.vm.map(right, { size });
}

test('tasks on two brokers see what the other wrote, at once (§1.3)', async () => {
  await using west = await testSystem();
  await using east = await testSystem({ label: 'east' });
  const book = new Book(2 * PAGE);
  const pager = await serveOn([west.sys, east.sys], book);
  const [here, there] = [await mapped(west.sys, 2 * PAGE), await mapped(east.sys, 2 * PAGE)];
  for (let turn = 2; turn < 40; turn += 1) {
    const [writer, reader] = turn % 2 === 0 ? [here, there] : [there, here];
    await writer.write(PAGE, Uint8Array.of(turn));
    expect((await reader.read(PAGE, 1))[0]).toBe(turn);
  }
  // Each has changed a byte of its own in the same page: none is lost.
  await Promise.all([here.write(0, Uint8Array.of(100)), there.write(1, Uint8Array.of(101))]);
  expect([...(await here.read(0, 2))]).toEqual([100, 101]);
  await here.unmap();
  await there.unmap();
  await pager.end();
  expect([...book.bytes.subarray(0, 2), book.bytes[PAGE]]).toEqual([100, 101, 39]);
});

test('a broker dies while it may write: the other goes on with what was returned last, and the author is told (§1.4)', async () => {
  await using west = await testSystem();
  const shared = await SharedBroker.start();
  const east = await boot({ socket: shared.socket, label: 'east' });
  const book = new Book(PAGE);
  const pager = await serveOn([west.sys, east], book);
  const [here, there] = [await mapped(west.sys, PAGE), await mapped(east, PAGE)];
  await there.write(0, Uint8Array.of(5));
  expect((await here.read(0, 1))[0]).toBe(5);
  await there.write(0, Uint8Array.of(6));
  shared.program.kill('SIGSTOP');
  const reading = here.read(0, 1);
  shared.program.kill('SIGKILL');
  expect((await reading)[0]).toBe(5);
  expect(book.journal).toContain(`invalid 0 ${PAGE}`);
  await here.write(0, Uint8Array.of(7));
  expect((await here.read(0, 1))[0]).toBe(7);
  await here.unmap();
  await east.dispose();
  await pager.end();
  await shared[Symbol.asyncDispose]();
  expect(book.bytes[0]).toBe(7);
});

test('the first of its brokers dies: it serves the others on, and one that comes in its place', async () => {
  await using west = await testSystem();
  const shared = await SharedBroker.start();
  const first = await boot({ socket: shared.socket, label: 'first' });
  const book = new Book(PAGE);
  const pager = await serveOn([first, west.sys], book);
  const here = await mapped(west.sys, PAGE);
  await shared[Symbol.asyncDispose]();
  await first.task.closed;
  await here.write(0, Uint8Array.of(7));
  await using next = await testSystem({ label: 'next' });
  await pager.attach({ task: next.sys.task, names: next.sys.names });
  const there = await mapped(next.sys, PAGE);
  expect((await there.read(0, 1))[0]).toBe(7);
  await here.unmap();
  await there.unmap();
  await pager.end();
  await first.dispose();
});

test('the broker of a task dies: what is here of its memory is neither read nor written any more', async () => {
  await using west = await testSystem();
  const shared = await SharedBroker.start();
  const east = await boot({ socket: shared.socket, label: 'east' });
  const pager = await serveOn([west.sys, east], new Book(PAGE));
  const region = await mapped(east, PAGE);
  await region.write(0, Uint8Array.of(7));
  expect(region.isDirect).toBe(true);
  await shared[Symbol.asyncDispose]();
  await east.task.closed;
  expect((await rejection(Promise.resolve(region.read(0, 1))))['code']).toBe('KERN_INVALID_TASK');
  expect((await rejection(Promise.resolve(region.write(0, Uint8Array.of(8)))))['code']).toBe('KERN_INVALID_TASK');
  await region.unmap();
  await pager.end();
  await east.dispose();
});

test('the pager ends: what is here stays readable, what is not gives an error (§1.4)', async () => {
  await using west = await testSystem();
  const book = new Book(2 * PAGE);
  const pager = await serveOn([west.sys], book);
  const region = await mapped(west.sys, 2 * PAGE);
  await region.write(0, Uint8Array.of(9));
  await pager.end();
  expect(book.bytes[0]).toBe(9);
  expect((await region.read(0, 1))[0]).toBe(9);
  expect((await rejection(Promise.resolve(region.read(PAGE, 1))))['code']).toBe('KERN_MEMORY_ERROR');
  await region.unmap();
});

test('memory that a broker makes itself goes to the default pager when there is no more room', async () => {
  const shared = await SharedBroker.start({ cachePages: 16 });
  const sys = await boot({ socket: shared.socket, label: 'swapping' });
  const swap = new Map<number, Uint8Array>();
  const pager = await servePager(
    definePager(async (env) => {
      const port = env.defaultPager((size) => ({
        size,
        read: (offset) => swap.get(offset) ?? null,
        write(offset, bytes) {
          for (let at = 0; at < bytes.length; at += PAGE) swap.set(offset + at, bytes.subarray(at, at + PAGE));
        },
        close: () => swap.clear(),
        readAhead: 0,
      }));
      await sys.host?.setDefaultPager({ port });
      return {};
    }),
    [{ task: sys.task, names: sys.names }],
    { name: 'swap' },
  );
  const region = await sys.task.vm.allocate(64 * PAGE);
  for (let page = 0; page < 64; page += 1) await region.write(page * PAGE, Uint8Array.of(page + 1));
  expect(swap.size).toBeGreaterThan(16);
  for (let page = 0; page < 64; page += 1) expect((await region.read(page * PAGE, 1))[0]).toBe(page + 1);
  await region.unmap();
  await until(() => swap.size === 0);
  await pager.end();
  await sys.dispose();
  await shared[Symbol.asyncDispose]();
});
