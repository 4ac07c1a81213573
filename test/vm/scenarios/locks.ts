import { expect } from 'vitest';
import { SHOULD_RETURN, VM_PROT } from '../../../src/wire/index.ts';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const TASK = 1;
const { READ, WRITE, ALL } = VM_PROT;

function resident(more: { lock?: number; precious?: boolean; gen?: number } = {}, pages = 1): Mapped & { host: Host } {
  const host = new Host({ cachePages: 200 });
  const mapped = host.ready(TASK, { pages: 100 });
  for (let page = 0; page < pages; page += 1) host.supply(mapped.object, page, [page, 1, 1, 1], more);
  host.take();
  return { ...mapped, host };
}

scenario('P6: data_unlock is sent once for each newly wanted access, with the grant it is about', () => {
  const { host, object, page } = resident({ lock: ALL, gen: 7 });
  const calls = [host.read(TASK, page(0)), host.read(TASK, page(0))];
  expect(host.takeSent().map(({ message }) => message)).toEqual([
    { kind: 'memory_object_data_unlock', reqId: 1, offset: 0, length: PAGE, access: READ, gen: 7 },
  ]);
  calls.push(host.write(TASK, page(0), [9]), host.write(TASK, page(0), [9]));
  expect(host.takeSent()).toMatchObject([{ message: { reqId: 2, access: READ | WRITE } }]);
  expect(host.vm.inspect().objects).toMatchObject([{ requests: 1, waiting: 4 }]);
  host.lockRequest(object, 0, { lock: 0, reqId: 0, answers: 2 });
  expect(calls.map((call) => host.code(call))).toEqual([0, 0, 0, 0]);
  expect(host.take()).toEqual([]);
});

scenario('P6: any lock that is set lets faulters ask anew, the same one too; NO_CHANGE does not', () => {
  const { host, object, page } = resident({ lock: WRITE });
  const call = host.write(TASK, page(0), [9]);
  expect(host.take()).toEqual(['data_unlock']);
  host.lockRequest(object, 0, { lock: VM_PROT.NO_CHANGE });
  expect(host.take()).toEqual(['lock_completed']);
  host.lockRequest(object, 0, { lock: WRITE });
  expect(host.take()).toEqual(['lock_completed', 'data_unlock']);
  expect(host.code(call)).toBe('waiting');
});

scenario('P6: locks replace, they do not accumulate', () => {
  const { host, object, page } = resident({ lock: WRITE });
  host.lockRequest(object, 0, { lock: READ });
  host.take();
  expect(host.code(host.read(TASK, page(0)))).toBe('waiting');
  host.lockRequest(object, 0, { lock: WRITE });
  expect(host.code(host.read(TASK, page(0)))).toBe(0);
  expect(host.store(object, 0, 0, 1)).toBe(false);
});

scenario('P7: a refusal is a flush: the write asks anew, for the page', () => {
  const { host, object, page } = resident({ lock: WRITE });
  const call = host.write(TASK, page(0), [9]);
  host.take();
  host.lockRequest(object, 0, { shouldFlush: true, reqId: 0 });
  expect(host.takeSent()).toMatchObject([{ message: { kind: 'memory_object_data_request', access: READ | WRITE } }]);
  host.say(object, { kind: 'memory_object_data_error', reqId: 0, offset: 0, length: PAGE, reason: 0 });
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
});

scenario(
  'P8: a lock_request waits for a page in use, and what comes after it for this object waits behind it; other objects go on',
  () => {
    const { host, object, page } = resident({}, 2);
    host.read(TASK, page(0), 2 * PAGE);
    host.pin(object, 0);
    expect(host.store(object, 0, 1, 42)).toBe(true);
    host.lockRequest(object, 0, { length: 2 * PAGE, shouldReturn: SHOULD_RETURN.DIRTY, lock: WRITE, reqId: 1 });
    host.lockRequest(object, 1, { reqId: 2 });
    // The word is narrowed at once; but who is in the middle of it finishes.
    expect(host.store(object, 0, 1, 43)).toBe(false);
    expect(host.code(host.read(TASK, page(1)))).toBe('waiting');
    const other = host.ready(TASK);
    const call = host.read(TASK, other.page(0));
    host.supply(other.object, 0, [5, 5, 5, 5]);
    expect(host.code(call)).toBe(0);
    host.take();
    host.unpin(object, 0);
    const sent = host.takeSent();
    expect(sent).toMatchObject([
      { message: { kind: 'memory_object_data_return', reqId: 1, offset: 0 } },
      { message: { kind: 'memory_object_lock_completed', reqId: 1 } },
      { message: { kind: 'memory_object_lock_completed', reqId: 2 } },
    ]);
    expect(sent[0]?.bytes).toEqual(Uint8Array.of(0, 42, 1, 1));
  },
);

scenario('P8: requested pages are skipped, and requested still', () => {
  const { host, object, page } = resident();
  const call = host.read(TASK, page(5));
  host.take();
  host.lockRequest(object, 0, { length: 100 * PAGE, shouldFlush: true });
  expect(host.take()).toEqual(['lock_completed']);
  host.supply(object, 5, [5, 5, 5, 5]);
  expect(host.call(call)).toEqual({ code: 0, bytes: [5] });
});

scenario('P9: a flush that returns nothing discards what was changed', () => {
  const { host, object, page } = resident();
  host.write(TASK, page(0), [9]);
  host.lockRequest(object, 0, { shouldFlush: true });
  expect(host.take()).toEqual(['lock_completed']);
  expect(host.vm.inspect()).toMatchObject({ resident: 0 });
  expect(host.word(object, 0)).toBe(0);
});

scenario('P9: one request returns what was changed, and flushes it', () => {
  const { host, object, page } = resident({ gen: 3 });
  host.write(TASK, page(0), [9]);
  host.lockRequest(object, 0, { shouldFlush: true, shouldReturn: SHOULD_RETURN.DIRTY, reqId: 4, gen: 8 });
  const [returned, completed] = host.takeSent();
  expect(returned?.message).toEqual({
    kind: 'memory_object_data_return',
    reqId: 4,
    offset: 0,
    length: PAGE,
    dirty: true,
    kernelCopy: false,
    gen: 3,
  });
  expect(returned?.bytes).toEqual(Uint8Array.of(9, 1, 1, 1));
  expect(completed?.message).toEqual({ kind: 'memory_object_lock_completed', reqId: 4, offset: 0, length: PAGE });
  expect(host.vm.inspect().resident).toBe(0);
});

scenario('P10: runs are contiguous, of 32 pages at most, by rising offset, and mix neither kinds nor grants', () => {
  const { host, object, page } = resident({ precious: true, gen: 1 }, 40);
  host.supply(object, 41, [41, 1, 1, 1], { precious: true, gen: 1 });
  host.supply(object, 42, [42, 1, 1, 1], { precious: true, gen: 2 });
  host.supply(object, 43, [43, 1, 1, 1], { gen: 2 });
  host.write(TASK, page(39), [9]);
  host.lockRequest(object, 0, { length: 100 * PAGE, shouldReturn: SHOULD_RETURN.ALL });
  const runs = host.takeSent().map(({ message }) => message);
  expect(runs.at(-1)?.kind).toBe('memory_object_lock_completed');
  expect(runs.slice(0, -1)).toMatchObject([
    { offset: 0, length: 32 * PAGE, dirty: false, kernelCopy: true, gen: 1 },
    { offset: 32 * PAGE, length: 7 * PAGE, dirty: false },
    { offset: 39 * PAGE, length: PAGE, dirty: true },
    { offset: 41 * PAGE, length: PAGE, dirty: false, gen: 1 },
    { offset: 42 * PAGE, length: PAGE, dirty: false, gen: 2 },
  ]);
});

scenario(
  'P10: a cleaned page is clean: a second clean returns nothing, but what is written after the first comes to light',
  () => {
    const { host, object, page } = resident();
    const clean = { shouldReturn: SHOULD_RETURN.DIRTY };
    host.write(TASK, page(0), [9]);
    expect(host.store(object, 0, 1, 8)).toBe(true);
    host.lockRequest(object, 0, clean);
    expect(host.takeSent()[0]).toMatchObject({ bytes: Uint8Array.of(9, 8, 1, 1), message: { kernelCopy: true } });
    host.lockRequest(object, 0, clean);
    expect(host.take()).toEqual(['lock_completed']);
    // The word forbids writes until the next write fault, which asks nobody.
    expect(host.store(object, 0, 1, 7)).toBe(false);
    expect(host.code(host.write(TASK, page(0), [6]))).toBe(0);
    expect(host.store(object, 0, 1, 7)).toBe(true);
    expect(host.take()).toEqual([]);
    host.lockRequest(object, 0, clean);
    expect(host.takeSent()[0]?.bytes).toEqual(Uint8Array.of(6, 7, 1, 1));
  },
);

scenario('P10: a precious page that is kept stays precious', () => {
  const { host, object } = resident({ precious: true });
  for (let round = 0; round < 2; round += 1) {
    host.lockRequest(object, 0, { shouldReturn: SHOULD_RETURN.ALL });
    expect(host.take()).toEqual(['data_return', 'lock_completed']);
  }
  host.lockRequest(object, 0, { shouldReturn: SHOULD_RETURN.DIRTY, reqId: 0 });
  expect(host.take()).toEqual([]);
});

scenario('R0.4: a page that is kept goes on by the grant that the lock_request gives', () => {
  const { host, object, page } = resident({ gen: 1 });
  host.lockRequest(object, 0, { lock: WRITE, gen: 2, reqId: 0 });
  host.write(TASK, page(0), [1]);
  expect(host.takeSent()).toMatchObject([{ message: { kind: 'memory_object_data_unlock', gen: 2 } }]);
  host.lockRequest(object, 0, { lock: 0, gen: 0, reqId: 0 });
  host.lockRequest(object, 0, { shouldReturn: SHOULD_RETURN.DIRTY });
  expect(host.takeSent()).toMatchObject([{ message: { gen: 2 } }, {}]);
});

scenarioFor(
  [
    ['lock', { lock: 9 }],
    ['shouldReturn', { shouldReturn: 3 }],
    ['offset', { offset: 1 }],
  ],
  'a lock_request whose %s is none is ignored',
  (_field, wrong) => {
    const { host, object, page } = resident();
    host.write(TASK, page(0), [9]);
    host.lockRequest(object, 0, { shouldFlush: true, shouldReturn: SHOULD_RETURN.DIRTY, ...wrong });
    expect(host.take()).toEqual([]);
    expect(host.store(object, 0, 0, 5)).toBe(true);
  },
);

scenario('a lock_request takes whole pages: its length is rounded up, and told as it was asked', () => {
  const { host, object } = resident({}, 3);
  host.lockRequest(object, 0, { shouldFlush: true, length: PAGE + 1 });
  expect(host.takeSent()).toMatchObject([{ message: { kind: 'memory_object_lock_completed', length: PAGE + 1 } }]);
  expect(host.vm.inspect().objects).toMatchObject([{ resident: 1 }]);
  host.lockRequest(object, 2, { shouldFlush: true, length: 0 });
  expect(host.take()).toEqual(['lock_completed']);
  expect(host.vm.inspect().objects).toMatchObject([{ resident: 1 }]);
});

scenario('which data_unlock a lock_request says that it answers does not matter to the kernel (R0.3)', () => {
  const { host, object, page } = resident({ lock: WRITE });
  const call = host.write(TASK, page(0), [9]);
  host.lockRequest(object, 0, { lock: 0, answers: 4711 });
  expect(host.code(call)).toBe(0);
});
