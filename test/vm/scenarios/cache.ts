import { expect } from 'vitest';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

const TASK = 1;

scenario('the cache: what has come always finds room, however many pagers do not answer', () => {
  const host = new Host({ cachePages: 8 });
  for (let i = 0; i < 20; i += 1) host.read(TASK, host.ready(TASK).page(0), 16 * PAGE);
  const { object, page } = host.ready(2);
  for (let round = 0; round < 20; round += 1) readThrough(host, { object, page, address: page(0) });
  expect(host.vm.inspect().resident).toBeLessThanOrEqual(8);
});

scenario('the cache: pages that cannot go take half of it at most, so that others can', () => {
  const host = new Host({ cachePages: 8 });
  const address = host.map(TASK, null);
  const codes = Array.from({ length: 8 }, (_, page) => host.code(host.write(TASK, address + page * PAGE, [page + 1])));
  expect(codes).toEqual([0, 0, 0, 0, ...Array<string>(4).fill('KERN_RESOURCE_SHORTAGE')]);
  // Reading zeros takes nothing for good.
  expect(host.call(host.read(TASK, address, 16 * PAGE)).code).toBe(0);
  const other = host.ready(2);
  for (let round = 0; round < 3; round += 1) readThrough(host, other);
  for (let page = 0; page < 4; page += 1) {
    expect(host.call(host.read(TASK, address + page * PAGE)).bytes).toEqual([page + 1]);
  }
  expect(host.vm.inspect().resident).toBeLessThanOrEqual(8);
  host.vm.deallocate(TASK, { address, size: PAGE });
  expect(host.code(host.write(TASK, address + 5 * PAGE, [1]))).toBe('KERN_RESOURCE_SHORTAGE');
  host.vm.taskEnded(TASK);
  expect(host.code(host.write(2, host.map(2, null), [1]))).toBe(0);
});

scenario('the cache: a page in use takes longer to go, and others go instead', () => {
  const host = new Host({ cachePages: 2 });
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.read(TASK, page(0));
  host.pin(object, 0);
  for (let i = 1; i < 8; i += 1) host.supply(object, i, [i, i, i, i]);
  expect(host.vm.inspect().resident).toBe(3);
  host.unpin(object, 0);
  expect(host.vm.inspect().resident).toBe(2);
});

scenario('the cache: what is read often stays, however much was written', () => {
  const host = new Host({ cachePages: 8 });
  const written = host.ready(TASK, { pages: 100 });
  for (let i = 0; i < 8; i += 1) {
    host.supply(written.object, i, [i, i, i, i]);
    host.write(TASK, written.page(i), [i]);
  }
  const { object, page } = host.ready(TASK);
  for (let i = 0; i < 2; i += 1) host.supply(object, i, [i, i, i, i]);
  host.take();
  for (let round = 0; round < 5; round += 1) {
    for (let i = 0; i < 2; i += 1) expect(host.code(host.read(TASK, page(i)))).toBe(0);
    host.supply(written.object, 10 + round, [1, 1, 1, 1], { precious: true });
  }
  expect(host.take().filter((kind) => kind !== 'data_return')).toEqual([]);
});

scenario('the default pager: gets what must go, page for page once as first contents, and gives it back', () => {
  const host = new Host({ cachePages: 8 });
  host.vm.setDefaultPager(true);
  const address = host.map(TASK, null, { pages: 64 });
  for (let page = 0; page < 10; page += 1) host.write(TASK, address + page * PAGE, [page, 1, 1, 1]);
  const [create, ...first] = host.takeSent();
  const object = create?.object ?? 0;
  expect(host.made).toEqual([object]);
  expect(create?.message).toEqual({ kind: 'memory_object_create', size: 64 * PAGE, pageSize: PAGE });
  expect(first.map(({ message }) => message.kind)).toEqual(Array(first.length).fill('memory_object_data_initialize'));
  const swap = new Map(first.map(({ message, bytes }) => ['offset' in message ? message.offset / PAGE : -1, bytes]));
  const [gone = -1] = swap.keys();

  const call = host.read(TASK, address + gone * PAGE);
  expect(host.takeSent()).toMatchObject([{ message: { kind: 'memory_object_data_request', offset: gone * PAGE } }]);
  host.supply(object, gone, [...(swap.get(gone) ?? [])], { reqId: 1 });
  expect(host.call(call)).toEqual({ code: 0, bytes: [gone] });
  expect(host.code(host.write(TASK, address + gone * PAGE, [77]))).toBe(0);
  host.take();
  for (let page = 10; page < 30; page += 1) host.write(TASK, address + page * PAGE, [page]);
  const again = host.takeSent().find(({ message }) => 'offset' in message && message.offset === gone * PAGE);
  expect(again).toMatchObject({ bytes: Uint8Array.of(77, 1, 1, 1), message: { kind: 'memory_object_data_return' } });
  // What was never written is zeros, and nobody has to be asked for them.
  expect(host.call(host.read(TASK, address + 60 * PAGE)).bytes).toEqual([0]);

  host.take();
  host.vm.taskEnded(TASK);
  host.settle();
  expect(host.take()).toEqual(['terminate']);
  expect(host.forgotten).toEqual([object]);
});

scenario('the default pager: when it comes, what could not go can', () => {
  const host = new Host({ cachePages: 4 });
  const address = host.map(TASK, null);
  const write = (page: number): string | 0 => host.code(host.write(TASK, address + page * PAGE, [page]));
  expect([write(0), write(1), write(2)]).toEqual([0, 0, 'KERN_RESOURCE_SHORTAGE']);
  host.vm.setDefaultPager(true);
  expect([2, 3, 4, 5].map(write)).toEqual([0, 0, 0, 0]);
  expect(host.take()).toContain('create');
});

scenario('the default pager: zeros that were only read vanish without it', () => {
  const host = new Host({ cachePages: 2 });
  host.vm.setDefaultPager(true);
  const address = host.map(TASK, null);
  expect(host.call(host.read(TASK, address, 16 * PAGE)).bytes).toEqual(Array(16 * PAGE).fill(0));
  expect(host.take()).toEqual([]);
  expect(host.vm.inspect()).toMatchObject({ resident: 2, most: 2 });
});

scenario('the default pager: when it dies, what it had is lost, and nothing else', () => {
  const host = new Host({ cachePages: 2 });
  host.vm.setDefaultPager(true);
  const address = host.map(TASK, null);
  for (let page = 0; page < 4; page += 1) host.write(TASK, address + page * PAGE, [page]);
  const object = host.made[0] ?? 0;
  host.vm.setDefaultPager(false);
  host.vm.pagerDied(object);
  host.settle();
  const codes = Array.from({ length: 4 }, (_, page) => host.code(host.read(TASK, address + page * PAGE)));
  expect(codes.filter((code) => code === 0)).toHaveLength(1);
  expect(codes.filter((code) => code === 'KERN_MEMORY_ERROR')).toHaveLength(3);
  expect(host.call(host.read(TASK, address + 9 * PAGE))).toEqual({ code: 0, bytes: [0] });
});

scenario(
  'the cache: while a pager leaves lying what went back to it, its object’s writes wait for room; others go on',
  () => {
    const host = new Host({ cachePages: 8 });
    const { object, page } = host.ready(TASK, { pages: 100 });
    host.vm.setCongested(object, true);
    const calls = [];
    for (let i = 0; i < 6; i += 1) {
      host.supply(object, i, [i, i, i, i]);
      host.read(TASK, page(i));
      expect(host.store(object, i, 0, 9)).toBe(false);
      calls.push(host.write(TASK, page(i), [9]));
      host.supply(object, 20 + i, [i, i, i, i], { precious: true });
    }
    // Two that were written to and two precious ones are half of the room.
    expect(calls.map((call) => host.code(call))).toEqual([0, 0, 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(host.vm.inspect().resident).toBeLessThanOrEqual(8);
    const other = host.ready(2);
    readThrough(host, other);
    expect(host.code(host.write(2, other.page(15), [1]))).toBe(0);
    expect(host.take()).not.toContain('data_return');
    host.vm.setCongested(object, false);
    host.settle();
    for (let i = 2; i < 6; i += 1) host.supply(object, i, [i, i, i, i]);
    expect(calls.map((call) => host.code(call))).toEqual([0, 0, 0, 0, 0, 0]);
  },
);

/** Reads all pages of an object with a pager that answers. */
function readThrough(host: Host, { object, page }: Mapped): void {
  for (let i = 0; i < 16; i += 1) {
    const call = host.read(2, page(i));
    if (host.code(call) === 'waiting') host.supply(object, i, [i, i, i, i]);
    expect(host.call(call)).toEqual({ code: 0, bytes: [i] });
  }
}

scenario('P14: an object that is only kept goes when there is no room for another; one that is used never does', () => {
  const host = new Host({ objects: 2 });
  const first = host.ready(TASK, { mayCache: true });
  host.supply(first.object, 0, [1, 1, 1, 1]);
  host.vm.deallocate(TASK, { address: first.address, size: 16 * PAGE });
  host.settle();
  const second = host.ready(TASK, { mayCache: true });
  host.supply(second.object, 0, [1, 1, 1, 1]);
  host.take();
  host.mapNew(TASK);
  expect(host.take()).toEqual(['init', 'terminate']);
  expect(host.forgotten).toEqual([first.object]);
  const { call } = host.tryMap(TASK, null);
  expect(host.call(call).code).toBe('KERN_RESOURCE_SHORTAGE');
  // What is mapped already takes no more.
  host.map(TASK, second.object);
});
