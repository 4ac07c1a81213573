import type { Stub, System } from 'easync';
import { definePager, Pager, type PagerDefinition, type PagerEnv, type ServedPager, servePager } from 'easync/pager';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';
import { Book } from './book.ts';

const PAGE = 4096;
const NOTEBOOK = new URL('./fixtures/notebook.js', import.meta.url);

function serveOn(sys: System, definition: PagerDefinition): Promise<ServedPager> {
  return servePager(
    definePager(() => definition),
    [{ task: sys.task, names: sys.names }],
    { name: 'library' },
  );
}

function stubOf(sys: System, { services }: ServedPager): Stub<typeof Pager> {
  return sys.bind(Pager, services[0].right());
}

describe.each(['inline', 'thread', 'process', 'broker'] as const)('a pager in placement %s', (place) => {
  test('its object is found by name, read and written', async () => {
    await using system = await testSystem();
    const { sys } = system;
    using pager = await sys.open(Pager, NOTEBOOK, { place, options: { size: 3 * PAGE } });
    expect(await pager.names()).toEqual(['notebook']);
    const { port } = await sys.names.lookUp({ name: 'notebook' });
    await using region = await sys.task.vm.map(port, { size: 3 * PAGE });
    port.deallocate();
    await region.write(PAGE - 1, Uint8Array.of(7, 8));
    expect([...(await region.read(PAGE - 2, 4))]).toEqual([1, 7, 8, 1]);
    await pager.sync({ name: 'notebook' });
  });
});

describe('an object', () => {
  test('is read as it is needed, and what follows is read ahead', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(64 * PAGE);
    const pager = await serveOn(sys, { objects: { book } });
    const { port } = await sys.names.lookUp({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: 64 * PAGE });
    for (let page = 0; page < 64; page += 1) await region.read(page * PAGE, 1);
    const reads = book.journal.filter((entry) => entry.startsWith('read'));
    expect(reads[0]).toBe(`read 0 ${PAGE}`);
    expect(reads.length).toBeLessThan(16);
    port.deallocate();
    await region.unmap();
    await pager.end();
  });

  test('sync stores what was written, and flushes', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(2 * PAGE);
    const pager = await serveOn(sys, { objects: { book } });
    const { port } = await sys.names.lookUp({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: 2 * PAGE });
    await region.write(10, Uint8Array.of(5, 6));
    expect(book.bytes[10]).toBe(1);
    using stub = stubOf(sys, pager);
    await stub.sync();
    expect([...book.bytes.subarray(9, 13)]).toEqual([1, 5, 6, 1]);
    expect(book.journal.slice(-2)).toEqual([`write 0 ${PAGE}`, 'flush']);
    await region.write(PAGE, Uint8Array.of(9));
    await stub.sync({ name: 'book' });
    expect(book.bytes[PAGE]).toBe(9);
    port.deallocate();
    await region.unmap();
    await pager.end();
    expect(book.journal.at(-1)).toBe('close');
  });

  test('an end that is no page’s end: zeros behind it, which are not written; beyond its last page there is nothing', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(PAGE + 100);
    const pager = await serveOn(sys, { objects: { book } });
    const { port } = await sys.names.lookUp({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: 3 * PAGE });
    expect([...(await region.read(PAGE + 99, 2))]).toEqual([1, 0]);
    await region.write(PAGE + 99, Uint8Array.of(3, 4));
    expect((await rejection(Promise.resolve(region.read(2 * PAGE, 1))))['code']).toBe('KERN_MEMORY_ERROR');
    await region.unmap();
    port.deallocate();
    await pager.end();
    expect(book.bytes[PAGE + 99]).toBe(3);
    expect(book.journal).toContain(`write ${PAGE} 100`);
  });

  test('without `write` it is read-only', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const bytes = new Uint8Array(PAGE).fill(4);
    const pager = await serveOn(sys, { objects: { printed: { size: PAGE, read: () => bytes } } });
    const { port } = await sys.names.lookUp({ name: 'printed' });
    const region = await sys.task.vm.map(port, { size: PAGE });
    const write = (): Promise<void> => Promise.resolve(region.write(0, Uint8Array.of(1)));
    expect((await rejection(write()))['code']).toBe('KERN_MEMORY_ERROR');
    expect((await region.read(0, 1))[0]).toBe(4);
    expect((await rejection(write()))['code']).toBe('KERN_MEMORY_ERROR');
    port.deallocate();
    await region.unmap();
    await pager.end();
  });

  test('a read that fails is told to who waits, and tried again by the next', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(PAGE);
    book.failing = new Error('no paper');
    const pager = await serveOn(sys, { objects: { book } });
    const { port } = await sys.names.lookUp({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: PAGE });
    expect((await rejection(Promise.resolve(region.read(0, 1))))['code']).toBe('KERN_MEMORY_ERROR');
    book.failing = null;
    expect((await region.read(0, 1))[0]).toBe(1);
    port.deallocate();
    await region.unmap();
    await pager.end();
  });

  test('a write that fails: sync says why, the bytes are kept, and the next sync stores them', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(PAGE);
    const pager = await serveOn(sys, { objects: { book } });
    using stub = stubOf(sys, pager);
    const { port } = await stub.object({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: PAGE });
    await region.write(0, Uint8Array.of(6));
    book.failing = new Error('disk full');
    const failure = await rejection(stub.sync({ name: 'book' }));
    expect(failure['code']).toBe('KERN_MEMORY_ERROR');
    expect(failure.message).toContain('disk full');
    book.failing = null;
    await stub.sync({ name: 'book' });
    expect(book.bytes[0]).toBe(6);
    port.deallocate();
    await region.unmap();
    await pager.end();
  });

  test('what another hand changed is seen after invalidate, and what a task wrote wins', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(2 * PAGE);
    const pager = await serveOn(sys, { objects: { book } });
    using stub = stubOf(sys, pager);
    const { port } = await stub.object({ name: 'book' });
    const region = await sys.task.vm.map(port, { size: 2 * PAGE });
    await region.read(0, 1);
    await region.write(PAGE, Uint8Array.of(6));
    book.bytes.fill(2);
    expect((await region.read(0, 1))[0]).toBe(1);
    await stub.invalidate({ name: 'book' });
    expect((await region.read(0, 1))[0]).toBe(2);
    expect([...(await region.read(PAGE, 2))]).toEqual([6, 1]);
    port.deallocate();
    await region.unmap();
    await pager.end();
  });

  test('one can be added and taken away while the pager runs', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(PAGE);
    let env: PagerEnv | undefined;
    const pager = await servePager(
      definePager((given) => {
        env = given;
        return {};
      }),
      [sys],
      { name: 'library' },
    );
    const served = await env?.object('book', book);
    expect((await rejection(env?.object('book', book)))['code']).toBe('ENAMEINUSE');
    using port = (await sys.names.lookUp({ name: 'book' })).port;
    const region = await sys.task.vm.map(port, { size: PAGE });
    await region.write(0, Uint8Array.of(3));
    await served?.setCaching(false);
    await served?.close();
    expect([book.bytes[0], book.journal.at(-1)]).toEqual([3, 'close']);
    expect((await rejection(sys.names.lookUp({ name: 'book' })))['code']).toBe('ENONAME');
    await region.unmap();
    await pager.end();
  });

  test('one that is opened goes when nobody has it any more', async () => {
    await using system = await testSystem();
    const { sys } = system;
    const book = new Book(PAGE);
    const pager = await serveOn(sys, { open: () => book });
    using stub = stubOf(sys, pager);
    const { port } = await stub.open({ of: 'a book' });
    const region = await sys.task.vm.map(port, { size: PAGE });
    port.deallocate();
    await region.write(0, Uint8Array.of(3));
    await region.unmap();
    await until(() => book.journal.includes('close'));
    expect(book.bytes[0]).toBe(3);
    expect((await rejection(stub.object({ name: 'book' })))['code']).toBe('ENONAME');
    await pager.end();
  });
});
