import { expect } from 'vitest';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Host, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

const TASK = 1;

scenario('one object, from its first mapping to its end', () => {
  const host = new Host();
  const { object, address } = host.mapNew(TASK);
  expect(host.take()).toEqual(['init']);
  const early = host.read(TASK, address, 2);
  expect(host.code(early)).toBe('waiting');
  expect(host.take()).toEqual([]);

  host.say(object, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
  const [request] = host.takeSent();
  expect(request?.message).toEqual({
    kind: 'memory_object_data_request',
    reqId: 1,
    offset: 0,
    length: PAGE,
    access: VM_PROT.READ,
  });
  host.supply(object, 0, [1, 2, 3, 4], { reqId: 1, replyId: 7 });
  expect(host.call(early)).toEqual({ code: 0, bytes: [1, 2] });
  expect(host.takeSent().map(({ message }) => message)).toEqual([
    { kind: 'memory_object_supply_completed', reqId: 7, offset: 0, length: PAGE, result: 0, errorOffset: 0 },
  ]);

  // What the lock allows needs no fault any more, and a write that no call made is found all the same.
  expect(host.store(object, 0, 3, 40)).toBe(true);
  expect(host.code(host.write(TASK, address, [10]))).toBe(0);
  expect(host.vm.deallocate(TASK, { address, size: 16 * PAGE })).toEqual({ code: 0 });
  host.settle();
  const [returned, terminate] = host.takeSent();
  expect(returned).toMatchObject({ message: { reqId: 0, offset: 0, length: PAGE, dirty: true, kernelCopy: false } });
  expect(returned?.bytes).toEqual(Uint8Array.of(10, 2, 3, 40));
  expect(terminate?.message).toEqual({ kind: 'memory_object_terminate' });
  expect(host.forgotten).toEqual([object]);
  expect(host.vm.inspect()).toMatchObject({ objects: [], tasks: [], resident: 0 });
});

scenario('allocated memory is zeros, and the task’s own', () => {
  const host = new Host();
  const { address } = host.vm.allocate(TASK, { address: 0, size: 3 * PAGE, anywhere: true });
  expect(address).toBe(PAGE);
  expect(host.code(host.write(TASK, address + 2, [1, 2, 3, 4, 5, 6]))).toBe(0);
  expect(host.call(host.read(TASK, address, 12))).toEqual({ code: 0, bytes: [0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0] });
  expect(host.take()).toEqual([]);
});

scenario('a page that is evicted while a call writes to it by itself goes back with that write', () => {
  const host = new Host({ cachePages: 1 });
  const { object, page } = host.ready(TASK);
  host.read(TASK, page(0));
  host.supply(object, 0, [1, 1, 1, 1]);
  host.pin(object, 0);
  expect(host.store(object, 0, 0, 9)).toBe(true);
  const second = host.read(TASK, page(1));
  host.take();
  host.supply(object, 1, [2, 2, 2, 2]);
  expect(host.call(second)).toEqual({ code: 0, bytes: [2] });
  const again = host.read(TASK, page(0));
  expect(host.take()).toEqual([]);
  host.unpin(object, 0);
  const [returned, request] = host.takeSent();
  expect(returned?.bytes).toEqual(Uint8Array.of(9, 1, 1, 1));
  // P12: the return comes before the request.
  expect(request?.message.kind).toBe('memory_object_data_request');
  host.supply(object, 0, [9, 1, 1, 1]);
  expect(host.call(again)).toEqual({ code: 0, bytes: [9] });
  expect(host.vm.inspect().resident).toBe(1);
});
