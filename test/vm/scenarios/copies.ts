import { expect } from 'vitest';
import { COPY_STRATEGY, SHOULD_RETURN, VM_PROT } from '../../../src/wire/index.ts';
import { Host, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

const TASK = 1;
const OTHER = 2;
const BYTES = [1, 1, 1, 1, 2, 2, 2, 2];

scenario('P17: NONE: the bytes are copied now: the call waits until all have come', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK, { copyStrategy: COPY_STRATEGY.NONE });
  host.supply(object, 0, [1, 1, 1, 1]);
  host.take();
  const { call, address } = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  expect(host.take()).toEqual(['data_request']);
  expect(host.code(call)).toBe('waiting');
  expect(host.waits).toContain(call);
  host.supply(object, 1, [2, 2, 2, 2]);
  expect(host.code(call)).toBe(0);
  host.write(TASK, page(0), [9]);
  expect(host.call(host.read(OTHER, address, 8)).bytes).toEqual(BYTES);
  // It needs its source no more.
  host.vm.taskEnded(TASK);
  host.settle();
  expect(host.forgotten).toEqual([object]);
  expect(host.call(host.read(OTHER, address, 8)).bytes).toEqual(BYTES);
});

scenario('P17: NONE: a page that does not come ends the call, and nothing is mapped', () => {
  const host = new Host();
  const { object } = host.ready(TASK);
  const { call } = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  host.supply(object, 0, [1, 1, 1, 1]);
  host.say(object, { kind: 'memory_object_data_error', reqId: 0, offset: PAGE, length: PAGE, reason: 0 });
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
  expect(host.vm.region(OTHER, 0)).toBeNull();
  expect(host.forgotten).toHaveLength(1);
});

scenario(
  'P17: NONE: it works for an object that nobody maps: that is introduced, and ends, for the copy’s sake',
  () => {
    const host = new Host();
    const object = host.vm.createObject();
    const { call, address } = host.tryMap(OTHER, object, { copy: true, pages: 1, offset: PAGE });
    expect(host.take()).toEqual(['init']);
    host.say(object, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    expect(host.takeSent()).toMatchObject([{ message: { offset: PAGE } }]);
    host.supply(object, 1, [5, 6, 7, 8]);
    expect(host.code(call)).toBe(0);
    expect(host.take()).toEqual(['terminate']);
    expect(host.call(host.read(OTHER, address, 4)).bytes).toEqual([5, 6, 7, 8]);
  },
);

function copiedByCall(): { host: Host; object: number; copy: number; address: number; page: (page: number) => number } {
  const host = new Host();
  const { object, page } = host.ready(TASK, { copyStrategy: COPY_STRATEGY.CALL });
  host.supply(object, 0, BYTES);
  host.write(TASK, page(0), [9]);
  host.take();
  const { call, address } = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  expect(host.code(call)).toBe(0);
  return { host, object, copy: host.made[0] ?? 0, address, page };
}

scenario('P17: CALL: the pager is told, before the new object’s init', () => {
  const { host, object, copy } = copiedByCall();
  expect(host.takeSent()).toEqual([
    { object, message: { kind: 'memory_object_copy', offset: 0, length: 2 * PAGE }, to: copy },
    { object: copy, message: { kind: 'memory_object_init', pageSize: PAGE } },
  ]);
});

scenario('P17: CALL: the source pages are locked for writes', () => {
  const { host, object, page } = copiedByCall();
  host.take();
  expect(host.store(object, 0, 0, 5)).toBe(false);
  host.write(TASK, page(0), [5]);
  expect(host.take()).toEqual(['data_unlock']);
  expect(host.code(host.read(TASK, page(0)))).toBe(0);
});

scenario('P17: CALL: what the pager has not for the copy is taken from the source, and stays as it was then', () => {
  const { host, object, copy, address, page } = copiedByCall();
  host.say(copy, { kind: 'memory_object_ready', mayCache: false, copyStrategy: COPY_STRATEGY.NONE });
  host.take();
  const call = host.read(OTHER, address, 8);
  expect(host.takeSent()).toMatchObject([{ object: copy }, { object: copy }]);
  host.supply(copy, 1, [7, 7, 7, 7]);
  host.say(copy, { kind: 'memory_object_data_unavailable', reqId: 0, offset: 0, length: 2 * PAGE });
  expect(host.call(call)).toEqual({ code: 0, bytes: [9, 1, 1, 1, 7, 7, 7, 7] });
  host.lockRequest(object, 0, { lock: 0 });
  host.write(TASK, page(0), [5]);
  expect(host.call(host.read(OTHER, address)).bytes).toEqual([9]);
});

scenario('P17: CALL: the source stays for the copy, and ends after it', () => {
  const { host, object, copy } = copiedByCall();
  host.vm.taskEnded(TASK);
  host.settle();
  expect(host.forgotten).toEqual([]);
  host.take();
  host.vm.taskEnded(OTHER);
  host.settle();
  expect(host.takeSent().map(({ object: to, message }) => [to, message.kind])).toEqual([
    [copy, 'memory_object_terminate'],
    [object, 'memory_object_data_return'],
    [object, 'memory_object_terminate'],
  ]);
  expect(host.forgotten).toEqual([copy, object]);
});

for (const [name, copyStrategy] of [
  ['DELAY', COPY_STRATEGY.DELAY],
  ['TEMPORARY', COPY_STRATEGY.TEMPORARY],
] as const) {
  function copied(): { host: Host; object: number; address: number; page: (page: number) => number } {
    const host = new Host();
    const { object, page } = host.ready(TASK, { copyStrategy });
    host.supply(object, 0, BYTES);
    host.read(TASK, page(0), 8);
    expect(host.store(object, 0, 3, 8)).toBe(true);
    host.take();
    const address = host.map(OTHER, object, { copy: true, pages: 3 });
    expect(host.take()).toEqual([]);
    return { host, object, address, page };
  }

  scenario(`P17: ${name}: the copy has what was there, whoever writes first`, () => {
    const { host, object, address, page } = copied();
    // The word forbids an unseen write until the old bytes are copied.
    expect(host.store(object, 0, 0, 9)).toBe(false);
    expect(host.code(host.read(TASK, page(0)))).toBe(0);
    expect(host.store(object, 0, 0, 9)).toBe(false);
    host.write(TASK, page(0), [9]);
    expect(host.store(object, 0, 1, 9)).toBe(true);
    host.write(OTHER, address + PAGE, [6]);
    expect(host.call(host.read(OTHER, address, 8)).bytes).toEqual([1, 1, 1, 8, 6, 2, 2, 2]);
    expect(host.call(host.read(TASK, page(0), 8)).bytes).toEqual([9, 9, 1, 8, 2, 2, 2, 2]);
    expect(host.take()).toEqual([]);
  });

  scenario(`P17: ${name}: a page that is not in memory is fetched for the copy, and kept from a later write`, () => {
    const { host, object, address, page } = copied();
    const write = host.write(TASK, page(2), [9]);
    host.supply(object, 2, [3, 3, 3, 3]);
    expect(host.code(write)).toBe(0);
    expect(host.call(host.read(OTHER, address + 2 * PAGE)).bytes).toEqual([3]);
  });

  scenario(`P17: ${name}: a copy of a copy`, () => {
    const { host, address, page } = copied();
    const [first] = host.vm.inspect().tasks.flatMap(({ task, regions }) => (task === OTHER ? regions : []));
    const second = host.map(3, first?.object ?? 0, { copy: true, pages: 3 });
    host.write(OTHER, address, [5]);
    host.write(TASK, page(0), [6]);
    host.write(TASK, page(1), [7]);
    expect(host.call(host.read(3, second, 8)).bytes).toEqual([1, 1, 1, 8, 2, 2, 2, 2]);
    expect(host.call(host.read(OTHER, address, 8)).bytes).toEqual([5, 1, 1, 8, 2, 2, 2, 2]);
    host.vm.taskEnded(OTHER);
    host.vm.taskEnded(TASK);
    host.settle();
    expect(host.forgotten).toEqual([]);
    expect(host.call(host.read(3, second + PAGE)).bytes).toEqual([2]);
    host.vm.taskEnded(3);
    host.settle();
    expect(host.forgotten).toHaveLength(3);
  });

  scenario(`P17: ${name}: a copy that waits for the source’s page is told when that fails`, () => {
    const { host, object, address } = copied();
    const call = host.read(OTHER, address + 2 * PAGE);
    host.say(object, { kind: 'memory_object_data_error', reqId: 0, offset: 2 * PAGE, length: PAGE, reason: 0 });
    expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
    const again = host.read(OTHER, address + 2 * PAGE);
    host.supply(object, 2, [3, 3, 3, 3]);
    expect(host.code(again)).toBe(0);
  });

  scenario(`P17: ${name}: a page in use delays the copy, which has what is written meanwhile`, () => {
    const { host, object, address, page } = copied();
    host.write(TASK, page(1), [5]);
    host.pin(object, 1);
    const late = host.tryMap(3, object, { copy: true, pages: 2 });
    expect(host.code(late.call)).toBe('waiting');
    host.unpin(object, 1);
    expect(host.code(late.call)).toBe(0);
    host.write(TASK, page(1), [6]);
    expect(host.call(host.read(3, late.address + PAGE)).bytes).toEqual([5]);
    expect(host.call(host.read(OTHER, address + PAGE)).bytes).toEqual([2]);
  });

  scenario(`P17: ${name}: changes ${name === 'DELAY' ? 'go back at the end' : 'need never go back'}`, () => {
    const { host, page } = copied();
    host.write(TASK, page(0), [9]);
    host.vm.taskEnded(OTHER);
    host.vm.taskEnded(TASK);
    host.settle();
    expect(host.take()).toEqual(name === 'DELAY' ? ['data_return', 'terminate'] : ['terminate']);
  });
}

scenario('P17: a lock_request still returns what was changed, whatever the strategy', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK, { copyStrategy: COPY_STRATEGY.TEMPORARY });
  host.supply(object, 0, BYTES);
  host.write(TASK, page(0), [9]);
  host.take();
  host.lockRequest(object, 0, { shouldReturn: SHOULD_RETURN.DIRTY });
  expect(host.take()).toEqual(['data_return', 'lock_completed']);
});

scenario('P17: a copy of allocated memory is made without a word', () => {
  const host = new Host();
  const address = host.map(TASK, null, { pages: 2 });
  host.write(TASK, address, [1, 2, 3]);
  const object = host.vm.region(TASK, address)?.object ?? 0;
  const copy = host.map(OTHER, object, { copy: true, pages: 2 });
  host.write(TASK, address, [9]);
  expect(host.call(host.read(OTHER, copy, 8)).bytes).toEqual([1, 2, 3, 0, 0, 0, 0, 0]);
});

scenario('P17: a copy of which a part is unmapped before it is there is given up', () => {
  const host = new Host();
  const { object } = host.ready(TASK);
  const { call, address } = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  host.vm.deallocate(OTHER, { address, size: PAGE });
  host.settle();
  expect(host.code(call)).toBe('KERN_INVALID_ADDRESS');
  expect(host.vm.region(OTHER, 0)).toBeNull();
  expect(VM_PROT.ALL).toBe(7);
});

scenario('P17: what comes while a copy waits for a page in use is as it is when the copy is made', () => {
  const host = new Host();
  const address = host.map(TASK, null, { pages: 2 });
  const object = host.vm.region(TASK, address)?.object ?? 0;
  host.write(TASK, address, [1]);
  host.pin(object, 0);
  const { call, address: copy } = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  host.write(TASK, address + PAGE, [2]);
  expect(host.store(object, 1, 1, 3)).toBe(true);
  host.unpin(object, 0);
  expect(host.code(call)).toBe(0);
  expect(host.store(object, 1, 1, 4)).toBe(false);
  host.write(TASK, address + PAGE, [9, 9]);
  expect(host.call(host.read(OTHER, copy + PAGE, 2)).bytes).toEqual([2, 3]);
});

scenario('P17: a copy of what was to be a copy fails with it', () => {
  const host = new Host();
  const { object } = host.mapNew(TASK);
  const first = host.tryMap(OTHER, object, { copy: true, pages: 2 });
  const between = host.vm.region(OTHER, first.address)?.object ?? 0;
  const second = host.tryMap(3, between, { copy: true, pages: 2 });
  host.vm.taskEnded(OTHER);
  host.settle();
  expect([host.code(first.call), host.code(second.call)]).toEqual(['waiting', 'KERN_MEMORY_ERROR']);
  expect(host.vm.inspect().objects).toHaveLength(1);
});
