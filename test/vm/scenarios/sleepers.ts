import { expect } from 'vitest';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

const A = 1;
const B = 2;

scenario('2.8: a word that differs is not waited on; one that is the same is, until it is woken', () => {
  const { host, address } = own();
  expect(host.code(host.wait(A, address, 1))).toBe('KERN_INVALID_ARGUMENT');
  const call = host.wait(A, address, 0);
  expect(host.code(call)).toBe('waiting');
  expect(host.code(host.wake(A, address))).toBe(0);
  expect(host.code(call)).toBe(0);
  // A wakeup is never remembered.
  expect(host.code(host.wake(A, address))).toBe(0);
  expect(host.code(host.wait(A, address, 0))).toBe('waiting');
});

scenario('2.8: the oldest is woken, or all', () => {
  const { host, address } = own();
  const calls = [1, 2, 3, 4].map(() => host.wait(A, address, 0));
  const codes = (): unknown[] => calls.map((call) => host.code(call));
  host.wake(A, address);
  expect(codes()).toEqual([0, 'waiting', 'waiting', 'waiting']);
  host.vm.futexes.timedOut(calls[1] ?? 0);
  host.settle();
  host.wake(A, address);
  expect(codes()).toEqual([0, 'KERN_TIMEDOUT', 0, 'waiting']);
  host.wait(A, address, 0);
  host.wake(A, address, { all: true });
  expect(codes().at(-1)).toBe(0);
});

scenario('2.8: MUTATE stores first, whether anybody sleeps or not; who is woken by it does not look again', () => {
  const { host, address, object } = own();
  host.wake(A, address, { store: 7 });
  expect(host.bytesOf(object, 0)[0]).toBe(7);
  const call = host.wait(A, address, 7);
  host.wake(A, address, { store: 7 });
  expect(host.code(call)).toBe(0);
  host.vm.protect(A, { address, size: PAGE, setMaximum: false, protection: VM_PROT.READ });
  expect(host.code(host.wake(A, address, { store: 8 }))).toBe('KERN_PROTECTION_FAILURE');
});

scenario('2.8: a local sleeper and a shared wakeup never meet, nor sleepers on two tasks’ addresses', () => {
  const { host, object, address } = own();
  const b = host.map(B, object);
  const local = host.wait(A, address, 0, false);
  const shared = host.wait(A, address, 0);
  host.wake(B, b, { all: true, shared: false });
  expect([host.code(local), host.code(shared)]).toEqual(['waiting', 'waiting']);
  host.wake(B, b, { all: true });
  expect([host.code(local), host.code(shared)]).toEqual(['waiting', 0]);
  host.wake(A, address, { shared: false });
  expect(host.code(local)).toBe(0);
});

scenario('2.8: requeue moves one behind those that are there, or all, and wakes one before that', () => {
  const { host, address, object } = own();
  const there = host.wait(A, address + PAGE, 0);
  const calls = [1, 2, 3].map(() => host.wait(A, address, 0));
  const requeue = (all: boolean, wakeOne: boolean): number =>
    host.futex(
      (futexes, call) =>
        futexes.requeue(A, call, { source: address, target: address + PAGE }, { all, wakeOne, shared: true }).code,
    );
  expect(host.code(requeue(false, true))).toBe(0);
  expect(calls.map((call) => host.code(call))).toEqual([0, 'waiting', 'waiting']);
  expect(host.code(requeue(true, false))).toBe(0);
  const sleeping = (): unknown => host.vm.inspect().futexes.map(({ offset, sleeping: n }) => [offset, n]);
  expect(sleeping()).toEqual([[PAGE, 3]]);
  host.wake(A, address + PAGE);
  expect(host.code(there)).toBe(0);
  host.wake(A, address + PAGE, { all: true });
  expect(calls.map((call) => host.code(call))).toEqual([0, 0, 0]);
  // Nobody to move, and the very same word.
  expect(host.code(requeue(true, true))).toBe(0);
  const last = host.wait(A, address, 0);
  host.futex(
    (futexes, call) =>
      futexes.requeue(A, call, { source: address, target: address }, { all: true, wakeOne: false, shared: true }).code,
  );
  host.wake(A, address);
  expect([host.code(last), object > 0]).toEqual([0, true]);
});

scenario('2.8: over kernels, a sleeper is made known before the word is compared, and once', () => {
  const { host, object, page } = pagers();
  const first = host.wait(A, page(0), 0);
  const second = host.wait(A, page(0), 0);
  expect(host.take()).toEqual(['futex_wait']);
  // Another kernel stored, and woke, before this one was heard of.
  host.lockRequest(object, 0, { shouldFlush: true });
  host.take();
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  expect(host.take()).toEqual(['data_request']);
  host.supply(object, 0, [9, 0, 0, 0]);
  expect([host.code(first), host.code(second)]).toEqual(['KERN_INVALID_ARGUMENT', 'KERN_INVALID_ARGUMENT']);
  const third = host.wait(A, page(0), 9);
  expect([host.code(third), host.take()]).toEqual(['waiting', []]);
});

scenario('2.8: a pager that cannot remember one more kernel’s sleepers says so, and they are told', () => {
  const { host, object, page } = pagers();
  const call = host.wait(A, page(0), 0);
  const [asked] = host.takeSent();
  const reqId = asked?.message.kind === 'memory_object_futex_wait' ? asked.message.reqId : 0;
  host.say(object, { kind: 'memory_object_futex_failed', reqId, offset: 0, code: 'KERN_RESOURCE_SHORTAGE' });
  expect([host.code(call), host.vm.inspect().futexes]).toEqual(['KERN_RESOURCE_SHORTAGE', []]);
});

scenario('2.8: a pager that does not answer is waited for no longer than one that does not give a page', () => {
  const { host, page } = pagers();
  const call = host.wait(A, page(0), 0);
  host.vm.expire(call);
  host.settle();
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
});

scenario('2.8: a wakeup that finds nobody here goes to other kernels, and one for all always does', () => {
  const { host, object, page } = pagers();
  host.wake(A, page(0));
  expect(host.take()).toEqual(['futex_wake']);
  host.wait(A, page(0), 0);
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  host.take();
  host.wake(A, page(0));
  expect(host.take()).toEqual([]);
  host.wake(A, page(0), { all: true });
  expect(host.take()).toEqual(['futex_wake']);
});

scenario('2.8: a wakeup from elsewhere is answered: who was woken, and whether there are more', () => {
  const { host, object, page } = pagers();
  const calls = [host.wait(A, page(0), 0), host.wait(A, page(0), 0)];
  const woken = (reqId: number): unknown => {
    host.say(object, { kind: 'memory_object_futex_woken', reqId, offset: 0, broadcast: false });
    return host.takeSent().at(-1)?.message;
  };
  // They are about to sleep: they will see what was stored before.
  expect(woken(5)).toMatchObject({ reqId: 5, woke: false, waits: true });
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  expect(woken(6)).toMatchObject({ woke: true, waits: true });
  expect(woken(7)).toMatchObject({ woke: true, waits: false });
  expect(calls.map((call) => host.code(call))).toEqual([0, 0]);
  expect(woken(8)).toMatchObject({ woke: false, waits: false });
  // This kernel is not heard of any more: the next has to be made known again.
  host.wait(A, page(0), 0);
  expect(host.take()).toEqual(['futex_wait']);
});

scenario('2.8: sleepers on what has no pager any more are told, and who sleeps alone is not', () => {
  const { host, object, page } = pagers();
  const known = host.wait(A, page(0), 0);
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  const unknown = host.wait(A, page(1), 0);
  const local = host.wait(A, page(0), 0, false);
  host.vm.pagerDied(object);
  host.settle();
  expect([known, unknown, local].map((call) => host.code(call))).toEqual([
    'KERN_MEMORY_ERROR',
    'KERN_MEMORY_ERROR',
    'waiting',
  ]);
});

scenario(
  '2.8: on what has no pager any more nobody goes to sleep, nor is moved there, and locks are refused as before',
  () => {
    for (const end of ['died', 'destroyed'] as const) {
      const { host, object, page } = pagers();
      if (end === 'died') host.vm.pagerDied(object);
      else host.say(object, { kind: 'memory_object_destroy', reason: 0 });
      host.settle();
      host.take();
      expect(host.code(host.wait(A, page(0), 1))).toBe('KERN_INVALID_ARGUMENT');
      expect(host.code(host.wait(A, page(0), 0))).toBe('KERN_MEMORY_ERROR');
      const addresses = { source: page(0), target: page(1) };
      const moved = host.futex(
        (futexes, id) => futexes.requeue(A, id, addresses, { all: true, wakeOne: false, shared: true }).code,
      );
      expect(host.code(moved)).toBe('KERN_MEMORY_ERROR');
      expect(host.code(host.lock(A, page(0)))).toBe('KERN_MEMORY_ERROR');
      expect(host.code(host.wait(A, page(0), 0, false))).toBe('waiting');
      expect(host.code(host.wake(A, page(0)))).toBe(0);
      expect(host.take()).toEqual([]);
    }
  },
);

scenario('2.8: the target of a requeue is made known first; sleepers of other kernels are woken instead', () => {
  const { host, object, page } = pagers();
  const call = host.wait(A, page(0), 0);
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  host.take();
  const addresses = { source: page(0), target: page(1) };
  const moved = host.futex(
    (futexes, id) => futexes.requeue(A, id, addresses, { all: true, wakeOne: false, shared: true }).code,
  );
  expect([host.code(moved), host.take()]).toEqual(['waiting', ['futex_wait']]);
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 2, offset: PAGE });
  expect([host.code(moved), host.code(call)]).toEqual([0, 'waiting']);
  expect(host.takeSent().at(-1)?.message).toMatchObject({
    kind: 'memory_object_futex_wake',
    offset: 0,
    broadcast: true,
  });
  host.wake(A, page(1));
  expect(host.code(call)).toBe(0);
});

scenario(
  '2.8: a wakeup for other kernels waits for a pager that leaves lie what it is told; one for this kernel does not',
  () => {
    for (const end of ['drained', 'died', 'cancelled', 'unmapped'] as const) {
      const { host, object, page, address } = pagers();
      const call = host.wait(A, page(0), 0);
      host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
      host.take();
      const setCongested = (is: boolean): void => {
        host.vm.setCongested(object, is);
        host.settle();
      };
      setCongested(true);
      expect(host.code(host.wake(A, page(0)))).toBe(0);
      expect(host.code(call)).toBe(0);
      const addresses = { source: page(1), target: page(0) };
      const waking = [
        host.wake(A, page(0)),
        host.wake(A, page(0), { all: true, store: 3 }),
        host.futex(
          (futexes, id) => futexes.requeue(A, id, addresses, { all: true, wakeOne: false, shared: true }).code,
        ),
      ];
      const codes = (): unknown[] => waking.map((one) => host.code(one));
      expect([codes(), host.take()]).toEqual([['waiting', 'waiting', 'waiting'], []]);
      if (end === 'drained') {
        setCongested(false);
        expect([codes(), host.take()]).toEqual([
          [0, 0, 0],
          ['futex_wake', 'futex_wake', 'futex_wake'],
        ]);
      } else if (end === 'died') {
        host.vm.pagerDied(object);
        host.settle();
        expect([codes(), host.take()]).toEqual([[0, 0, 0], []]);
      } else if (end === 'cancelled') {
        for (const one of waking) host.vm.cancel(one);
        setCongested(false);
        expect(host.take()).toEqual([]);
      } else {
        host.vm.deallocate(A, { address, size: 16 * PAGE });
        host.settle();
        expect(codes()).not.toContain('waiting');
      }
    }
  },
);

scenario('2.8: who was moved sleeps on, whatever becomes of the word where it began to', () => {
  const { host, address, object } = own();
  const target = host.map(A, null);
  const call = host.wait(A, address, 0);
  const addresses = { source: address, target };
  host.futex((futexes, id) => futexes.requeue(A, id, addresses, { all: true, wakeOne: false, shared: true }).code);
  host.vm.deallocate(A, { address, size: 16 * PAGE });
  host.settle();
  expect([host.code(call), host.forgotten]).toEqual(['waiting', [object]]);
  host.wake(A, target);
  expect(host.code(call)).toBe(0);
});

scenario('2.8: who was moved to memory that goes is told', () => {
  const { host, address, object } = own();
  const pagers = host.ready(B);
  for (const target of [host.map(B, null), pagers.address]) {
    const call = host.wait(A, address, 0);
    const addresses = { source: host.map(B, object), target };
    host.futex((futexes, id) => futexes.requeue(B, id, addresses, { all: true, wakeOne: false, shared: true }).code);
    host.say(pagers.object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
    expect(host.code(call)).toBe('waiting');
    host.vm.deallocate(B, { address: target, size: 16 * PAGE });
    host.settle();
    expect(host.code(call)).toBe('KERN_INVALID_ADDRESS');
  }
  expect(host.vm.inspect().futexes).toEqual([]);
});

scenario('2.8: another value comes before the time, though the page came later', () => {
  const { host, object, page } = pagers();
  const late = (at: number, value: number): number => {
    const call = host.wait(A, at, value);
    host.vm.futexes.timedOut(call);
    host.settle();
    return call;
  };
  // These have looked, and the second waits only for the pager to note it.
  expect([late(page(0), 7), late(page(0), 0)].map((call) => host.code(call))).toEqual([
    'KERN_INVALID_ARGUMENT',
    'KERN_TIMEDOUT',
  ]);
  // Its page has left before it could look again: it has looked.
  const again = host.wait(A, page(0), 0);
  host.vm.evict(object, 0);
  host.settle();
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  expect(host.code(again)).toBe('waiting');
  host.vm.futexes.timedOut(again);
  host.settle();
  expect(host.code(again)).toBe('KERN_TIMEDOUT');
  host.supply(object, 0, [0, 0, 0, 0]);
  const [changed, same] = [late(page(2), 7), late(page(2), 0)];
  expect([host.code(changed), host.code(same)]).toEqual(['waiting', 'waiting']);
  host.supply(object, 2, [0, 0, 0, 0]);
  expect([host.code(changed), host.code(same)]).toEqual(['KERN_INVALID_ARGUMENT', 'KERN_TIMEDOUT']);
  // Nobody sleeps there: a wakeup is for who comes now.
  const sleeper = host.wait(A, page(0), 0);
  host.wake(A, page(0));
  expect(host.code(sleeper)).toBe(0);
});

scenario('limits: where there is no room for one more, words on which nobody sleeps any more are forgotten', () => {
  const { host, object, page } = pagers({ futexes: 1 });
  const call = host.wait(A, page(0), 0);
  host.say(object, { kind: 'memory_object_futex_waiting', reqId: 1, offset: 0 });
  expect(host.code(host.wait(A, page(1), 0))).toBe('KERN_RESOURCE_SHORTAGE');
  host.wake(A, page(0));
  expect(host.code(call)).toBe(0);
  host.take();
  expect(host.code(host.wait(A, page(1), 0))).toBe('waiting');
  expect(host.take()).toEqual(['futex_wake_completed', 'futex_wait']);
});

/** Memory of the kernel's own. */
function own(): { host: Host; address: number; object: number } {
  const host = new Host();
  const address = host.map(A, null);
  return { host, address, object: host.vm.region(A, address)?.object ?? 0 };
}

/** A pager's, with its first two pages in memory. */
function pagers(limits: ConstructorParameters<typeof Host>[0] = {}): Mapped & { host: Host } {
  const host = new Host(limits);
  const mapped = host.ready(A);
  for (const page of [0, 1]) host.supply(mapped.object, page, [0, 0, 0, 0]);
  host.take();
  return { host, ...mapped };
}
