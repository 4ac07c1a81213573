import { expect } from 'vitest';
import { Host, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const TASK = 1;

scenario('P3: a supply takes what is requested and what nobody asked for, clean and with its lock', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const call = host.read(TASK, page(1));
  host.take();
  host.supply(object, 0, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], { reqId: 1, lock: 2, replyId: 4 });
  expect(host.call(call)).toEqual({ code: 0, bytes: [2] });
  expect(host.takeSent()).toMatchObject([{ message: { reqId: 4, length: 3 * PAGE, result: 0, errorOffset: 0 } }]);
  expect(host.call(host.read(TASK, page(0), 3 * PAGE)).bytes).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  expect(host.store(object, 1, 0, 9)).toBe(false);
  expect(host.vm.inspect().objects).toMatchObject([{ resident: 3, dirty: 0 }]);
});

scenario(
  'which request a supply says that it answers does not matter to the kernel: its pages are what it brings (R0.3)',
  () => {
    const host = new Host();
    const { object, page } = host.ready(TASK);
    const call = host.read(TASK, page(1));
    host.take();
    host.supply(object, 1, [1, 1, 1, 1], { reqId: 4711 });
    expect(host.call(call)).toEqual({ code: 0, bytes: [1] });
  },
);

scenario('what nobody asked for is read without a fault, as far as its lock goes, and written with one', () => {
  const host = new Host();
  const { object } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1, 2, 2, 2, 2]);
  host.supply(object, 2, [3, 3, 3, 3], { lock: 1 });
  expect([0, 1, 2].map((page) => host.word(object, page))).toEqual([1, 1, 0]);
  host.lockRequest(object, 0, { shouldFlush: true });
  expect(host.word(object, 0)).toBe(0);
});

scenario(
  'P3: a supply stops at a page that is there; those before it stay, those behind it are not taken, waiters go on',
  () => {
    const host = new Host();
    const { object, page } = host.ready(TASK);
    host.supply(object, 1, [9, 9, 9, 9]);
    const [first, last] = [host.read(TASK, page(0)), host.read(TASK, page(2))];
    host.take();
    host.supply(object, 0, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], { replyId: 5 });
    expect(host.takeSent()).toMatchObject([
      { message: { reqId: 5, result: 'KERN_MEMORY_PRESENT', errorOffset: PAGE } },
    ]);
    expect(host.call(first)).toEqual({ code: 0, bytes: [1] });
    expect(host.code(last)).toBe('waiting');
    expect(host.call(host.read(TASK, page(1))).bytes).toEqual([9]);
  },
);

scenario('P3: a supply that comes while a page is being flushed waits for that, and is taken', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.read(TASK, page(0));
  host.pin(object, 0);
  host.lockRequest(object, 0, { shouldFlush: true, reqId: 3 });
  host.supply(object, 0, [2, 2, 2, 2], { replyId: 6 });
  host.take();
  // The supply waits behind the lock_request: by then the page is gone, and it is taken.
  host.unpin(object, 0);
  expect(host.takeSent()).toMatchObject([
    { message: { kind: 'memory_object_lock_completed' } },
    { message: { kind: 'memory_object_supply_completed', result: 0 } },
  ]);
  expect(host.call(host.read(TASK, page(0))).bytes).toEqual([2]);
});

scenarioFor(
  [
    ['not whole pages', 0, [1, 2, 3, 4, 5], {}],
    ['not on a page', 0, [1, 2, 3, 4], { offset: 2 }],
    ['beyond every object', 4095, [1, 2, 3, 4, 1, 2, 3, 4], {}],
    ['a lock that is none', 0, [1, 2, 3, 4], { lock: 8 }],
  ] as const,
  'P4: %s: nothing is taken, and nothing acknowledged',
  (_what, page, bytes, more) => {
    const host = new Host();
    const { object, page: address } = host.ready(TASK);
    const call = host.read(TASK, address(0));
    host.take();
    host.supply(object, page, bytes, { replyId: 1, ...more });
    expect(host.take()).toEqual([]);
    expect(host.code(call)).toBe('waiting');
    expect(host.vm.inspect().resident).toBe(0);
  },
);

scenario('a supply that waits behind a lock_request keeps its bytes, whatever becomes of the message', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 1, 1, 1]);
  host.read(TASK, page(0));
  host.pin(object, 0);
  expect(host.vm.isBusy(object)).toBe(false);
  host.lockRequest(object, 0, { shouldFlush: true });
  expect(host.vm.isBusy(object)).toBe(true);
  const data = Uint8Array.of(5, 6, 7, 8);
  const message = { reqId: 0, replyId: 0, offset: PAGE, lock: 0, precious: false, gen: 0, data };
  host.say(object, { kind: 'memory_object_data_supply', ...message });
  data.fill(0);
  host.unpin(object, 0);
  expect(host.call(host.read(TASK, page(1), 4)).bytes).toEqual([5, 6, 7, 8]);
});
