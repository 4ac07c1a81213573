import { expect } from 'vitest';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Host, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

const TASK = 1;
const READY = { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 } as const;

scenario('P1: a fault on an object that is not ready waits for that, and sends nothing', () => {
  const host = new Host();
  const { object, address } = host.mapNew(TASK);
  const call = host.read(TASK, address);
  expect(host.take()).toEqual(['init']);
  host.say(object, { ...READY, copyStrategy: 4 });
  expect(host.take()).toEqual([]);
  host.say(object, { kind: 'memory_object_change_attributes', reqId: 0, mayCache: true, copyStrategy: 2 });
  expect(host.take()).toEqual(['data_request']);
  expect(host.vm.attributes(object)).toEqual({ ready: true, mayCache: true, copyStrategy: 2 });
  expect(host.code(call)).toBe('waiting');
  expect(host.waits).toEqual([call]);
});

scenario('P1: a fault on a requested page waits for the same answer', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const calls = [
    host.read(TASK, page(3)),
    host.read(2, host.map(2, object) + 3 * PAGE),
    host.write(TASK, page(3), [8]),
  ];
  expect(host.take()).toEqual(['init', 'data_request']);
  host.supply(object, 3, [7, 7, 7, 7]);
  expect(calls.map((call) => host.code(call))).toEqual([0, 0, 0]);
  expect(host.take()).toEqual([]);
  expect(host.call(host.read(TASK, page(3), 2)).bytes).toEqual([8, 7]);
});

scenario('P1: a call faults on all its pages at once, and has them as they come', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const call = host.read(TASK, page(1) + 2, 2 * PAGE);
  expect(host.take()).toEqual(['init', 'data_request', 'data_request', 'data_request']);
  host.supply(object, 2, [5, 6, 7, 8]);
  host.supply(object, 3, [9, 10, 11, 12]);
  expect(host.code(call)).toBe('waiting');
  host.supply(object, 1, [1, 2, 3, 4]);
  expect(host.call(call)).toEqual({ code: 0, bytes: [3, 4, 5, 6, 7, 8, 9, 10] });
});

scenario('a write wants to read, too: what it does not write stays', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const call = host.write(TASK, page(0) + 1, [9]);
  const [, request] = host.takeSent();
  expect(request?.message).toMatchObject({ access: VM_PROT.READ | VM_PROT.WRITE });
  host.supply(object, 0, [1, 2, 3, 4]);
  expect(host.code(call)).toBe(0);
  expect(host.call(host.read(TASK, page(0), 4)).bytes).toEqual([1, 9, 3, 4]);
});

scenario(
  'P2: 51 requests of an object are outstanding at most; later faults wait their turn, and other objects are unaffected',
  () => {
    const host = new Host();
    const { object, page } = host.ready(TASK, { pages: 100 });
    const call = host.read(TASK, page(0), 60 * PAGE);
    const requested = host
      .takeSent()
      .flatMap(({ message }) => (message.kind.endsWith('data_request') ? [message] : []));
    expect(requested).toHaveLength(51);
    const other = host.ready(TASK);
    host.read(TASK, other.page(0));
    expect(host.take()).toEqual(['init', 'data_request']);

    host.say(object, { kind: 'memory_object_data_error', reqId: 0, offset: 99 * PAGE, length: PAGE, reason: 0 });
    expect(host.take()).toEqual([]);
    for (let i = 0; i < 60; i += 1) {
      host.supply(object, i, [i, i, i, i]);
      const next = host.takeSent();
      expect(next.map(({ message }) => 'offset' in message && message.offset / PAGE)).toEqual(i < 9 ? [51 + i] : []);
    }
    expect(host.call(call).bytes.filter((_, index) => index % PAGE === 0)).toEqual(
      Array.from({ length: 60 }, (_, i) => i),
    );
  },
);

scenario('P2: whoever gave up does not take a turn', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK, { pages: 100 });
  host.read(TASK, page(0), 51 * PAGE);
  host.vm.cancel(host.read(TASK, page(60)));
  host.read(TASK, page(61));
  host.take();
  host.supply(object, 0, [0, 0, 0, 0]);
  expect(host.takeSent()).toMatchObject([{ message: { offset: 61 * PAGE } }]);
});

scenario('P5: an error ends all who wait for the page now, each call once, and is not remembered', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const calls = [host.read(TASK, page(0), 3 * PAGE), host.read(TASK, page(1))];
  const other = host.read(TASK, page(2));
  host.take();
  host.say(object, { kind: 'memory_object_data_error', reqId: 2, offset: PAGE, length: PAGE, reason: 5 });
  expect(calls.map((call) => host.code(call))).toEqual(['KERN_MEMORY_ERROR', 'KERN_MEMORY_ERROR']);
  expect(host.code(other)).toBe('waiting');
  // What the dead call had asked for besides is simply there.
  host.supply(object, 0, [1, 1, 1, 1]);
  expect(host.take()).toEqual([]);
  const again = host.read(TASK, page(1));
  expect(host.take()).toEqual(['data_request']);
  host.supply(object, 1, [2, 2, 2, 2]);
  expect(host.call(again)).toEqual({ code: 0, bytes: [2] });
});

scenario('P5: an error, or nothing there, does nothing to pages that are not requested', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  host.supply(object, 0, [1, 2, 3, 4]);
  const range = { reqId: 0, offset: 0, length: 2 * PAGE };
  host.say(object, { kind: 'memory_object_data_unavailable', ...range });
  host.say(object, { kind: 'memory_object_data_error', ...range, reason: 1 });
  host.take();
  expect(host.call(host.read(TASK, page(0), 4))).toEqual({ code: 0, bytes: [1, 2, 3, 4] });
  host.read(TASK, page(1));
  expect(host.take()).toEqual(['data_request']);
});

scenario('P5: nothing there is zeros, without a lock', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const call = host.write(TASK, page(0) + 1, [5]);
  host.say(object, { kind: 'memory_object_data_unavailable', reqId: 1, offset: 0, length: PAGE });
  expect(host.code(call)).toBe(0);
  expect(host.call(host.read(TASK, page(0), 4)).bytes).toEqual([0, 5, 0, 0]);
});

scenario('R0.3: an answer to a request that is over does nothing, but bytes that come late are as good as any', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const call = host.read(TASK, page(0));
  const range = { offset: 0, length: PAGE };
  host.say(object, { kind: 'memory_object_data_error', reqId: 77, ...range, reason: 1 });
  host.say(object, { kind: 'memory_object_data_unavailable', reqId: 77, ...range });
  expect(host.code(call)).toBe('waiting');
  host.supply(object, 0, [3, 3, 3, 3], { reqId: 77 });
  expect(host.call(call)).toEqual({ code: 0, bytes: [3] });
});

scenario('a call that is cancelled is never heard of again; one that expires ends with KERN_MEMORY_ERROR', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const [gone, late] = [host.read(TASK, page(0), 2), host.read(TASK, page(0))];
  host.vm.cancel(gone);
  host.vm.expire(late);
  host.vm.expire(late);
  host.settle();
  expect([host.code(gone), host.code(late)]).toEqual(['waiting', 'KERN_MEMORY_ERROR']);
  host.supply(object, 0, [1, 1, 1, 1]);
  expect(host.call(gone)).toEqual({ code: 'waiting', bytes: [0, 0] });
  expect(host.vm.inspect().objects).toMatchObject([{ resident: 1, requests: 0, waiting: 0 }]);
});
