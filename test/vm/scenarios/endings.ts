import { expect } from 'vitest';
import { SHOULD_RETURN } from '../../../src/wire/index.ts';
import { Host, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const TASK = 1;
const SIZE = 16 * PAGE;

scenario('P12: a fault on a page that is being returned waits: the return precedes the next request', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.write(TASK, page(0), [9]);
  host.pin(object, 0);
  host.lockRequest(object, 0, { shouldReturn: SHOULD_RETURN.DIRTY, shouldFlush: true });
  host.take();
  const call = host.read(TASK, page(0));
  expect(host.take()).toEqual([]);
  host.unpin(object, 0);
  expect(host.take()).toEqual(['data_return', 'lock_completed', 'data_request']);
  host.supply(object, 0, [9, 1, 1, 1]);
  expect(host.call(call).bytes).toEqual([9]);
});

scenario('P13: a clean page vanishes without a message, a changed or a precious one goes back first', () => {
  const host = new Host({ cachePages: 1 });
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.take();
  host.supply(object, 1, [2, 2, 2, 2], { precious: true, gen: 6 });
  expect(host.take()).toEqual([]);
  host.supply(object, 2, [3, 3, 3, 3]);
  // The clean one went, though the precious one had been there for longer.
  expect(host.take()).toEqual([]);
  host.supply(object, 3, [4, 4, 4, 4], { precious: true });
  const [precious] = host.takeSent();
  expect(precious?.message).toMatchObject({ reqId: 0, offset: PAGE, dirty: false, kernelCopy: false, gen: 6 });
  host.write(TASK, page(3), [9]);
  host.supply(object, 4, [5, 5, 5, 5], { precious: true });
  host.supply(object, 5, [6, 6, 6, 6], { precious: true });
  const [, changed] = host.takeSent();
  expect(changed?.message).toMatchObject({ offset: 3 * PAGE, dirty: true });
  expect(changed?.bytes).toEqual(Uint8Array.of(9, 4, 4, 4));
});

scenario('P13: a page that was touched is spared once', () => {
  const host = new Host({ cachePages: 2 });
  const { object, page } = host.ready(TASK);
  for (let i = 0; i < 2; i += 1) host.supply(object, i, [i, i, i, i]);
  host.read(TASK, page(0));
  host.take();
  host.supply(object, 2, [2, 2, 2, 2]);
  host.read(TASK, page(0));
  expect(host.take()).toEqual([]);
  host.read(TASK, page(1));
  expect(host.take()).toEqual(['data_request']);
});

scenario('P14: after the last unmapping what is changed or precious goes back, then terminate', () => {
  const host = new Host();
  const { object, address, page } = host.ready(TASK);
  const other = host.map(2, object);
  host.supply(object, 0, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  host.supply(object, 5, [5, 5, 5, 5], { precious: true });
  host.write(TASK, page(1), [9]);
  host.take();
  host.vm.deallocate(TASK, { address, size: SIZE });
  host.settle();
  expect(host.take()).toEqual([]);
  host.vm.taskEnded(2);
  host.settle();
  expect(other).toBe(PAGE);
  expect(host.takeSent()).toMatchObject([
    {
      message: {
        kind: 'memory_object_data_return',
        reqId: 0,
        offset: PAGE,
        length: PAGE,
        dirty: true,
        kernelCopy: false,
      },
    },
    { message: { kind: 'memory_object_data_return', reqId: 0, offset: 5 * PAGE, dirty: false, kernelCopy: false } },
    { message: { kind: 'memory_object_terminate' } },
  ]);
  expect(host.forgotten).toEqual([object]);
});

scenario(
  'P14: an object that may be cached is kept silently while it has a page, and mapped again without init',
  () => {
    const host = new Host();
    const { object, address } = host.ready(TASK, { mayCache: true });
    host.supply(object, 0, [1, 2, 3, 4]);
    host.take();
    host.vm.deallocate(TASK, { address, size: SIZE });
    host.settle();
    expect(host.take()).toEqual([]);
    expect(host.vm.inspect().objects).toMatchObject([{ state: 'ready', resident: 1, mapped: 0 }]);
    const again = host.map(TASK, object);
    expect(host.call(host.read(TASK, again, 4))).toEqual({ code: 0, bytes: [1, 2, 3, 4] });
    expect(host.take()).toEqual([]);
  },
);

scenario('P14: without a page there is nothing to keep', () => {
  const host = new Host();
  const { object, address } = host.ready(TASK, { mayCache: true });
  host.take();
  host.vm.deallocate(TASK, { address, size: SIZE });
  host.settle();
  expect(host.take()).toEqual(['terminate']);
  expect(host.forgotten).toEqual([object]);
});

scenarioFor(
  [
    ['evicted', (host: Host, _object: number): void => evictAll(host)],
    ['flushed', (host: Host, object: number): void => host.lockRequest(object, 0, { shouldFlush: true, reqId: 0 })],
  ],
  'P14: a cached object ends when its last page is %s',
  (_how, take) => {
    const host = new Host({ cachePages: 4 });
    const { object, address } = host.ready(TASK, { mayCache: true });
    host.supply(object, 0, [1, 2, 3, 4]);
    host.vm.deallocate(TASK, { address, size: SIZE });
    host.settle();
    host.take();
    take(host, object);
    expect(host.forgotten).toEqual([object]);
    expect(host.take().filter((kind) => kind === 'terminate')).toHaveLength(1);
  },
);

scenario('P14: an object that is not ready yet ends, too', () => {
  const host = new Host();
  const { address, object } = host.mapNew(TASK);
  const call = host.read(TASK, address);
  host.vm.deallocate(TASK, { address, size: SIZE });
  host.settle();
  expect(host.take()).toEqual(['init', 'terminate']);
  expect(host.code(call)).toBe('KERN_INVALID_ADDRESS');
  expect(host.forgotten).toEqual([object]);
});

scenario(
  'P15: an object that is mapped again while it ends: terminate, then init; a fault waits for the new ready',
  () => {
    const host = new Host();
    const { object, address, page } = host.ready(TASK);
    host.supply(object, 0, [1, 1, 1, 1]);
    host.write(TASK, page(0), [9]);
    host.pin(object, 0);
    host.take();
    host.vm.deallocate(TASK, { address, size: SIZE });
    const again = host.map(TASK, object);
    const call = host.read(TASK, again);
    host.supply(object, 1, [7, 7, 7, 7], { replyId: 3 });
    expect(host.take()).toEqual([]);
    host.unpin(object, 0);
    expect(host.take()).toEqual(['data_return', 'terminate', 'init']);
    expect(host.forgotten).toEqual([]);
    host.say(object, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    expect(host.take()).toEqual(['data_request']);
    host.supply(object, 0, [9, 1, 1, 1]);
    expect(host.call(call)).toEqual({ code: 0, bytes: [9] });
  },
);

scenario('P15: a pager that dies while its object ends and is mapped again: whoever mapped it is told', () => {
  const host = new Host();
  const { object, address, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.write(TASK, page(0), [9]);
  host.pin(object, 0);
  host.vm.deallocate(TASK, { address, size: SIZE });
  const call = host.read(TASK, host.map(TASK, object));
  host.vm.pagerDied(object);
  host.unpin(object, 0);
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
});

scenario('P16: what makes an unused object end is answered after its terminate', () => {
  const host = new Host();
  const { object, address, page } = host.ready(TASK, { mayCache: true });
  host.supply(object, 0, [1, 1, 1, 1]);
  host.write(TASK, page(0), [9]);
  host.take();
  host.vm.deallocate(TASK, { address, size: SIZE });
  host.settle();
  expect(host.take()).toEqual([]);
  host.pin(object, 0);
  host.say(object, { kind: 'memory_object_change_attributes', reqId: 6, mayCache: false, copyStrategy: 2 });
  expect(host.take()).toEqual([]);
  host.unpin(object, 0);
  expect(host.takeSent().map(({ message }) => message)).toMatchObject([
    { kind: 'memory_object_data_return' },
    { kind: 'memory_object_terminate' },
    { kind: 'memory_object_change_completed', reqId: 6, mayCache: false, copyStrategy: 2 },
  ]);
  expect(host.forgotten).toEqual([object]);
});

scenario('P16: otherwise it is answered at once; an unknown strategy changes and answers nothing', () => {
  const host = new Host();
  const { object } = host.ready(TASK, { mayCache: true });
  host.take();
  const change = { kind: 'memory_object_change_attributes', mayCache: false } as const;
  host.say(object, { ...change, reqId: 1, copyStrategy: 4 });
  expect(host.take()).toEqual([]);
  expect(host.vm.attributes(object)).toEqual({ ready: true, mayCache: true, copyStrategy: 0 });
  host.say(object, { ...change, reqId: 2, copyStrategy: 1 });
  expect(host.takeSent()).toMatchObject([{ message: { reqId: 2, mayCache: false, copyStrategy: 1 } }]);
});

scenario(
  'an object that was made for a mapping which was refused is forgotten, and its pager never hears of it',
  () => {
    const host = new Host();
    const object = host.vm.createObject();
    const { call } = host.tryMap(TASK, object, { offset: 1 });
    expect(host.code(call)).toBe('KERN_INVALID_ARGUMENT');
    expect([host.take(), host.forgotten]).toEqual([[], [object]]);
  },
);

function evictAll(host: Host): void {
  const { object } = host.ready(2);
  for (let page = 0; page < 5; page += 1) host.supply(object, page, [0, 0, 0, 0]);
}
