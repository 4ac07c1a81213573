import { expect } from 'vitest';
import { FREE, ownedBy, SHUT, slow } from '../../../src/lock/index.ts';
import { FUTEX_STATE, VM_PROT } from '../../../src/wire/index.ts';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const A = 1;
const B = 2;

scenario('2.1: the same word of an object is one futex, wherever and by whomever it is mapped', () => {
  const { host, object, page } = ready();
  const elsewhere = host.map(A, object, { offset: PAGE });
  const others = host.map(B, object);
  expect(host.code(host.lock(A, page(2)))).toBe(0);
  expect(host.code(host.lock(A, elsewhere + PAGE))).toBe('EDEADLK');
  const waiting = host.lock(B, others + 2 * PAGE);
  expect(host.code(waiting)).toBe('waiting');
  expect(host.code(host.lock(B, others + PAGE))).toBe(0);
  expect(host.unlock(A, elsewhere + PAGE)).toBe(0);
  expect(host.code(waiting)).toBe(0);
});

scenario('2.1: a copy’s word is another futex than the word that it is a copy of', () => {
  const host = new Host();
  const address = host.map(A, null);
  const { object } = host.vm.region(A, address) ?? { object: 0 };
  const copy = host.map(B, object, { copy: true });
  expect(host.code(host.lock(A, address))).toBe(0);
  expect(host.code(host.lock(B, copy))).toBe(0);
});

scenario('2.1: the page comes in first, to be read and written, and only then the futex is asked for', () => {
  const host = new Host();
  const { object, page } = host.ready(A);
  host.take();
  const call = host.lock(A, page(0));
  const [asked] = host.takeSent();
  expect(asked?.message).toMatchObject({ kind: 'memory_object_data_request', access: VM_PROT.READ | VM_PROT.WRITE });
  host.supply(object, 0, [0, 0, 0, 0], { lock: VM_PROT.WRITE });
  expect(host.take()).toEqual(['data_unlock']);
  host.lockRequest(object, 0, { lock: VM_PROT.NONE });
  expect(host.take()).toEqual(['lock_completed', 'lock_futex']);
  expect(host.code(call)).toBe('waiting');
});

scenario('2.1: to lock a futex changes no page: what comes in for it is not returned as changed', () => {
  const { host, object, page } = ready();
  host.code(host.lock(A, page(0)));
  host.take();
  host.lockRequest(object, 0, { shouldFlush: true, shouldReturn: 1 });
  expect(host.take()).toEqual(['lock_completed']);
});

scenarioFor(
  [
    ['not mapped', 900 * PAGE, 'KERN_INVALID_ADDRESS'],
    ['no multiple of 4', PAGE + 1, 'KERN_INVALID_ADDRESS'],
    ['no address', Number.NaN, 'KERN_INVALID_ADDRESS'],
  ],
  '2.1: an address that is %s',
  (_why, address, code) => {
    const { host } = ready();
    expect(host.code(host.lock(A, address))).toBe(code);
    expect(host.unlock(A, address)).toBe(code);
    expect(host.code(host.wait(A, address, 0))).toBe(code);
    expect(host.code(host.wake(A, address))).toBe(code);
  },
);

scenario('2.1: what may not be written cannot be locked; a page that does not come is an error', () => {
  const { host, object } = ready();
  const readable = host.map(A, object, { protection: VM_PROT.READ });
  expect(host.code(host.lock(A, readable))).toBe('KERN_PROTECTION_FAILURE');
  const writable = host.map(A, object);
  const call = host.lock(A, writable + 9 * PAGE);
  host.say(object, { kind: 'memory_object_data_error', reqId: 0, offset: 9 * PAGE, length: PAGE, reason: 5 });
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
});

scenario('2.1: that the page leaves does not release the futex', () => {
  const { host, object, page } = ready();
  host.lock(A, page(0));
  host.lockRequest(object, 0, { shouldFlush: true });
  host.take();
  const other = host.map(B, object);
  const waiting = host.lock(B, other);
  // The page comes in again, and the futex is still there.
  expect(host.take()).toEqual(['data_request']);
  host.supply(object, 0, [0, 0, 0, 0]);
  expect([host.code(waiting), host.take()]).toEqual(['waiting', []]);
  expect(host.unlock(A, page(0))).toBe(0);
  expect(host.code(waiting)).toBe(0);
});

scenario('2.2: nothing is said to the pager between a grant and a recall, which the unlock answers', () => {
  const { host, object, page } = ready();
  for (let i = 0; i < 5; i += 1) {
    expect(host.code(host.lock(A, page(0)))).toBe(0);
    expect(host.unlock(A, page(0))).toBe(0);
  }
  expect(host.take()).toEqual([]);
  host.lock(A, page(0));
  host.say(object, { kind: 'memory_object_relinquish_futex', offset: 0, gen: 1, budgetMs: 0 });
  const local = host.lock(B, host.map(B, object));
  expect(host.take()).toEqual([]);
  expect(host.unlock(A, page(0))).toBe(0);
  const sent = host.takeSent().map(({ message }) => message);
  expect(sent).toMatchObject([
    { kind: 'memory_object_futex_released', offset: 0, gen: 1, state: FUTEX_STATE.CLEAN },
    { kind: 'memory_object_lock_futex', offset: 0, reqId: 2 },
  ]);
  expect(host.code(local)).toBe('waiting');
});

scenario('2.2: a try that would wait says NOQUEUE to the pager', () => {
  const { host, object, page } = ready({ grants: false });
  const call = host.lock(A, page(1), true);
  const [asked] = host.takeSent();
  expect(asked?.message).toMatchObject({ kind: 'memory_object_lock_futex', flags: 1 });
  host.say(object, { kind: 'memory_object_futex_failed', reqId: 1, offset: PAGE, code: 'EAGAIN' });
  expect(host.code(call)).toBe('EAGAIN');
});

scenario('2.2: a grant that says no known state is none, and wild answers do nothing', () => {
  const { host, object, page } = ready({ grants: false });
  const call = host.lock(A, page(1));
  const granted = { kind: 'memory_object_futex_granted', offset: PAGE, gen: 4, recall: false } as const;
  host.say(object, { ...granted, reqId: 1, state: 7 });
  host.say(object, { ...granted, reqId: 2, state: 0 });
  host.say(object, { ...granted, reqId: 1, state: 0, offset: 2 * PAGE });
  host.say(object, { kind: 'memory_object_relinquish_futex', offset: PAGE, gen: 4, budgetMs: 0 });
  host.say(object, { kind: 'memory_object_futex_fenced', offset: PAGE, gen: 4 });
  expect(host.code(call)).toBe('waiting');
  host.say(object, { ...granted, reqId: 1, state: 1 });
  expect([host.code(call), host.gens.get(call)]).toEqual(['EOWNERDEAD', 4]);
});

scenario('2.3: an owner that unmaps the word has died as its owner; one that still shows it elsewhere has not', () => {
  const { host, object, address, page } = ready();
  const again = host.map(A, object);
  const other = host.map(B, object);
  host.lock(A, page(0));
  const waiting = host.lock(B, other);
  host.vm.deallocate(A, { address, size: 16 * PAGE });
  host.settle();
  expect(host.code(waiting)).toBe('waiting');
  host.vm.deallocate(A, { address: again, size: PAGE });
  host.settle();
  expect(host.code(waiting)).toBe('EOWNERDEAD');
});

scenario('2.3: a waiter that unmaps the word, or is cancelled or late, is passed over', () => {
  const { host, object, page } = ready();
  const others = [2, 3, 4, 5].map((task) => ({ task, address: host.map(task, object) }));
  host.lock(A, page(0));
  const [unmaps = 0, cancelled = 0, late = 0, last = 0] = others.map(({ task, address }) => host.lock(task, address));
  host.vm.deallocate(2, { address: others[0]?.address ?? 0, size: PAGE });
  host.vm.cancel(cancelled);
  host.vm.futexes.timedOut(late);
  // It is no page that it waits for.
  host.vm.expire(last);
  host.settle();
  expect([host.code(unmaps), host.code(late), host.code(last)]).toEqual([
    'KERN_INVALID_ADDRESS',
    'KERN_TIMEDOUT',
    'waiting',
  ]);
  host.unlock(A, page(0));
  expect([host.code(last), host.vm.inspect().futexes[0]?.owner]).toEqual([0, 5]);
});

scenario('2.3: an owner and a waiter that die: the next owner is told of the one, and the other is passed over', () => {
  const { host, object, page } = ready();
  const [b, c] = [host.map(2, object), host.map(3, object)];
  host.lock(A, page(0));
  host.lock(2, b);
  const next = host.lock(3, c);
  host.vm.taskEnded(2);
  host.vm.taskEnded(A);
  host.settle();
  expect(host.code(next)).toBe('EOWNERDEAD');
  expect(host.vm.futexes.consistent(3, c, 0).code).toBe(0);
  expect(host.vm.futexes.consistent(3, c, 0).code).toBe('EINVAL');
  expect(host.unlock(3, c)).toBe(0);
  expect(host.code(host.lock(3, c))).toBe(0);
});

scenario('2.3: what is not repaired can be had by nobody any more', () => {
  const { host, object, page } = ready();
  const [b, c] = [host.map(2, object), host.map(3, object)];
  host.lock(A, page(0));
  host.lock(2, b);
  const waiting = host.lock(3, c);
  host.vm.taskEnded(A);
  host.settle();
  host.take();
  expect(host.unlock(2, b)).toBe(0);
  expect(host.code(waiting)).toBe('ENOTRECOVERABLE');
  const [released] = host.takeSent();
  expect(released?.message).toMatchObject({ gen: 1, state: FUTEX_STATE.NOT_RECOVERABLE });
});

scenario('2.3: memory of the kernel’s own has futexes without a word to anybody, whatever becomes of them', () => {
  const host = new Host();
  const address = host.map(A, null);
  const { object } = host.vm.region(A, address) ?? { object: 0 };
  const b = host.map(B, object);
  const first = host.lock(A, address);
  expect([host.code(first), host.gens.get(first)]).toEqual([0, 1]);
  host.vm.taskEnded(A);
  host.settle();
  expect(host.code(host.lock(B, b))).toBe('EOWNERDEAD');
  host.unlock(B, b);
  expect(host.code(host.lock(B, b))).toBe('ENOTRECOVERABLE');
  expect(host.take()).toEqual([]);
});

scenario('2.5.10: what is kept goes back before terminate', () => {
  const { host, address, page } = ready();
  host.lock(A, page(0));
  host.unlock(A, page(0));
  host.vm.deallocate(A, { address, size: 16 * PAGE });
  host.settle();
  expect(host.take()).toEqual(['futex_released', 'terminate']);
});

scenario('2.5.10: a futex that is on its way is waited for before terminate', () => {
  for (const answer of ['granted', 'failed', 'died'] as const) {
    const { host, object, address, page } = ready({ grants: false });
    host.lock(A, page(0));
    host.take();
    host.vm.deallocate(A, { address, size: 16 * PAGE });
    host.settle();
    expect(host.take()).toEqual(['cancel_futex']);
    const about = { reqId: 1, offset: 0 };
    if (answer === 'granted') {
      host.say(object, { kind: 'memory_object_futex_granted', ...about, gen: 1, state: 0, recall: false });
      expect(host.take()).toEqual(['futex_released', 'terminate']);
    } else if (answer === 'failed') {
      host.say(object, { kind: 'memory_object_futex_failed', ...about, code: 'KERN_ABORTED' });
      expect(host.take()).toEqual(['terminate']);
    } else {
      host.vm.pagerDied(object);
      host.settle();
      expect(host.forgotten).toEqual([object]);
    }
    expect(host.vm.inspect().futexes).toEqual([]);
  }
});

scenario('2.3: the pager is gone: waiters are told, the owner keeps what it has, and nobody gets it afterwards', () => {
  const { host, object, page } = ready();
  const b = host.map(B, object);
  host.lock(A, page(0));
  const waiting = host.lock(B, b);
  host.vm.pagerDied(object);
  host.settle();
  expect(host.code(waiting)).toBe('KERN_MEMORY_ERROR');
  expect(host.unlock(A, page(0))).toBe(0);
  expect(host.code(host.lock(B, b))).toBe('KERN_MEMORY_ERROR');
});

scenario('3.5: a revoked owner hears of it once; who asked to be told is told', () => {
  const { host, object, page } = ready();
  const call = host.lock(A, page(0));
  const gen = host.gens.get(call) ?? 0;
  const told = host.futex((futexes, id) => futexes.fenced(A, id, page(0), gen).code);
  expect(host.code(host.futex((futexes, id) => futexes.fenced(A, id, page(0), 99).code))).toBe('EPERM');
  const b = host.map(B, object);
  expect(host.code(host.futex((futexes, id) => futexes.fenced(B, id, b, gen).code))).toBe('EPERM');
  host.say(object, { kind: 'memory_object_futex_fenced', offset: 0, gen });
  expect(host.code(told)).toBe(0);
  expect(host.unlock(A, page(0), gen)).toBe('EFENCED');
  expect(host.unlock(A, page(0), gen)).toBe('EPERM');
  expect(host.take()).toEqual([]);
});

scenario('3.5: who asked to be told of a revocation is told of what ends the hold before that', () => {
  const { host, object, page } = ready({ words: true });
  const cell = host.futexWords.cell(object, 0);
  const b = host.map(B, object);
  const watched = (): number => {
    const gen = host.gens.get(host.lock(A, page(0))) ?? 0;
    return host.futex((futexes, id) => futexes.fenced(A, id, page(0), gen).code);
  };
  const unlocked = watched();
  const before = host.vm.snapshotKey();
  const cancelled = host.futex((futexes, id) => futexes.fenced(A, id, page(0), cell.gen).code);
  host.vm.cancel(cancelled);
  // Nothing is kept of it.
  expect(host.vm.snapshotKey()).toBe(before);
  host.unlock(A, page(0));
  expect([host.code(unlocked), host.code(cancelled)]).toEqual(['EPERM', 'waiting']);
  // By the word alone: it comes to light when somebody else wants it.
  const inPlace = watched();
  cell.value = FREE;
  expect(host.code(inPlace)).toBe('waiting');
  host.lock(B, b);
  expect(host.code(inPlace)).toBe('EPERM');
  host.unlock(B, b);
  const unmapped = watched();
  host.vm.deallocate(A, { address: page(0), size: 16 * PAGE });
  host.settle();
  expect(host.code(unmapped)).toBe('KERN_INVALID_ADDRESS');

  expect(host.code(host.lock(B, b + PAGE))).toBe(0);
  const held = host.futex((futexes, id) => futexes.fenced(B, id, b + PAGE, 1).code);
  host.vm.pagerDied(object);
  host.settle();
  expect(host.code(held)).toBe('KERN_MEMORY_ERROR');
  expect(host.code(host.futex((futexes, id) => futexes.fenced(B, id, b + PAGE, 1).code))).toBe('KERN_MEMORY_ERROR');
  expect(host.unlock(B, b + PAGE)).toBe(0);
});

scenario('5.7: the word is free while the futex is kept, and names its owner at once; nobody is asked', () => {
  const { host, object, page } = ready({ words: true });
  const cell = host.futexWords.cell(object, 0);
  const call = host.lock(A, page(0));
  expect([cell.value, cell.gen]).toEqual([ownedBy(A), host.gens.get(call)]);
  expect(host.unlock(A, page(0))).toBe(0);
  expect(cell.value).toBe(FREE);
  // The task takes it by itself, and another comes.
  cell.value = ownedBy(A);
  const waiting = host.lock(B, host.map(B, object));
  expect([host.code(waiting), cell.value]).toEqual(['waiting', slow(ownedBy(A))]);
  expect(host.unlock(A, page(0))).toBe(0);
  expect([host.code(waiting), cell.value]).toEqual([0, ownedBy(B)]);
  expect(host.take()).toEqual([]);
});

scenario('5.7: a recall shuts the word, at once or when its owner unlocks', () => {
  const { host, object, page } = ready({ words: true });
  const cell = host.futexWords.cell(object, 0);
  const recall = (gen: number): void =>
    host.say(object, { kind: 'memory_object_relinquish_futex', offset: 0, gen, budgetMs: 0 });
  host.lock(A, page(0));
  recall(1);
  expect([cell.value, host.take()]).toEqual([slow(ownedBy(A)), []]);
  host.unlock(A, page(0));
  expect([cell.value, host.take()]).toEqual([SHUT, ['futex_released']]);
  host.lock(A, page(0));
  host.say(object, { kind: 'memory_object_futex_granted', reqId: 2, offset: 0, gen: 2, state: 0, recall: false });
  host.unlock(A, page(0));
  host.take();
  recall(2);
  expect([cell.value, host.take()]).toEqual([SHUT, ['futex_released']]);
});

scenario('5.7: who took the word and died, or has it mapped no longer, is found by the next', () => {
  const { host, object, page, address } = ready({ words: true });
  const cell = host.futexWords.cell(object, 0);
  const b = host.map(B, object);
  host.lock(A, page(0));
  host.unlock(A, page(0));
  cell.value = ownedBy(A);
  host.vm.deallocate(A, { address, size: PAGE });
  host.settle();
  expect(cell.value).toBe(SHUT);
  expect(host.code(host.lock(B, b))).toBe('EOWNERDEAD');
  host.vm.futexes.consistent(B, b, 0);
  host.unlock(B, b);
  // A task of which the broker does not know.
  cell.value = ownedBy(77);
  expect(host.code(host.lock(B, b))).toBe('EOWNERDEAD');
});

scenario('5.7: a page that is written over the word costs its users the futex’s contents, and no more', () => {
  const { host, object, page } = ready({ words: true });
  const cell = host.futexWords.cell(object, 0);
  host.lock(A, page(0));
  host.unlock(A, page(0));
  cell.value = 0xffff_ffff;
  expect(host.code(host.lock(B, host.map(B, object)))).toBe('EOWNERDEAD');
});

scenario('limits: where there is no room for one more, those that nobody uses go back', () => {
  const { host, object, page } = ready({ limits: { futexes: 2 }, grants: false });
  const grant = (reqId: number, offset: number): void =>
    host.say(object, { kind: 'memory_object_futex_granted', reqId, offset, gen: offset + 1, state: 0, recall: false });
  host.lock(A, page(0));
  grant(1, 0);
  host.lock(A, page(1));
  grant(1, PAGE);
  expect(host.code(host.lock(A, page(2)))).toBe('KERN_RESOURCE_SHORTAGE');
  host.unlock(A, page(0));
  host.take();
  host.lock(A, page(2));
  expect(host.take()).toEqual(['futex_released', 'lock_futex']);
});

scenario(
  'inspect: locks and messages are counted from the same moment on, also of a futex that was forgotten and is back',
  () => {
    const { host, object, page } = ready({ words: true, grants: false });
    const cell = host.futexWords.cell(object, 0);
    const lock = (gen: number): void => {
      host.lock(A, page(0));
      const [asked] = host.takeSent();
      const reqId = asked?.message.kind === 'memory_object_lock_futex' ? asked.message.reqId : 0;
      host.say(object, { kind: 'memory_object_futex_granted', reqId, offset: 0, gen, state: 0, recall: false });
    };
    lock(7);
    host.unlock(A, page(0));
    cell.uses = 2 ** 32 - 1;
    host.say(object, { kind: 'memory_object_relinquish_futex', offset: 0, gen: 7, budgetMs: 0 });
    expect(host.vm.inspect().futexes).toEqual([]);
    host.take();
    lock(8);
    // Twice, and it counts to 2³².
    cell.uses = 1;
    expect(host.vm.inspect().futexes).toMatchObject([{ locks: 3, messages: 2 }]);
  },
);

scenario('limits: one whose word is free is one that nobody uses, and one whose word names its owner is not', () => {
  const { host, object, page } = ready({ words: true, limits: { futexes: 1 } });
  const cell = host.futexWords.cell(object, 0);
  host.lock(A, page(0));
  expect(host.code(host.lock(A, page(1)))).toBe('KERN_RESOURCE_SHORTAGE');
  expect(cell.value).toBe(ownedBy(A));
  cell.value = FREE;
  expect(host.code(host.lock(A, page(1)))).toBe(0);
  expect([cell.value, host.take()]).toEqual([SHUT, ['futex_released']]);
});

scenario('limits: of futexes that were used once nothing is left but what there is room for', () => {
  const host = new Host({ futexes: 4 });
  host.futexWords.areThere = true;
  const sizes = [20, 120].map((count) => {
    const address = host.map(A, null, { pages: count });
    for (let i = 0; i < count; i += 1) {
      const call = host.lock(A, address + PAGE * i);
      expect([host.code(call), host.unlock(A, address + PAGE * i)]).toEqual([0, 0]);
    }
    expect(host.vm.inspect().futexes).toHaveLength(4);
    host.vm.deallocate(A, { address, size: count * PAGE });
    host.settle();
    return host.vm.snapshotKey().length;
  });
  expect(host.vm.inspect().futexes).toEqual([]);
  expect(sizes[1]).toBe(sizes[0]);
});

scenario('limits: a futex counts for who has it, also for who took its word', () => {
  const { host, object, page } = ready({ words: true, limits: { futexesPerTask: 1 } });
  const address = host.map(B, object);
  const cell = host.futexWords.cell(object, 0);
  host.lock(A, page(0));
  expect(host.code(host.lock(A, page(1)))).toBe('KERN_RESOURCE_SHORTAGE');
  cell.value = FREE;
  host.lock(B, address);
  expect(host.code(host.lock(B, address + 2 * PAGE))).toBe('KERN_RESOURCE_SHORTAGE');
  expect(host.code(host.lock(A, page(1)))).toBe(0);
  host.unlock(A, page(1));
  host.unlock(B, address);
  // A may take what it knows, and be told by a call that it has it, as nothing else of B's is.
  cell.value = ownedBy(A);
  expect(host.code(host.lock(A, page(0)))).toBe('EDEADLK');
  expect(host.code(host.lock(B, address + 2 * PAGE))).toBe(0);
  expect(host.code(host.lock(B, address + 3 * PAGE))).toBe('KERN_RESOURCE_SHORTAGE');
  expect(host.code(host.lock(A, page(3)))).toBe('KERN_RESOURCE_SHORTAGE');
});

/** Task A has an object of 16 pages mapped, whose first 4 are in memory, and whose pager grants the first futex at once. */
function ready(
  options: { words?: boolean; grants?: boolean; limits?: ConstructorParameters<typeof Host>[0] } = {},
): Mapped & { host: Host } {
  const { words = false, grants = true, limits = {} } = options;
  const host = new Host(limits);
  host.futexWords.areThere = words;
  const mapped = host.ready(A);
  for (let page = 0; page < 4; page += 1) host.supply(mapped.object, page, [0, 0, 0, 0]);
  host.take();
  if (grants) {
    const granted = new Set<number>();
    host.onEffect = (effect) => {
      if (effect.type !== 'send' || effect.message.kind !== 'memory_object_lock_futex') return;
      const { offset, reqId } = effect.message;
      if (granted.has(offset)) return;
      granted.add(offset);
      host.vm.receive(effect.object, {
        kind: 'memory_object_futex_granted',
        offset,
        reqId,
        gen: 1,
        state: 0,
        recall: false,
      });
      host.sent.pop();
    };
  }
  return { host, ...mapped };
}
