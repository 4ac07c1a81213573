import { DISP, FUTEX_FLAG, make, named, type SendRight } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FutexLab, mapped } from './futex-lab.ts';
import { PAGE } from './raw-pager.ts';

// The futex calls by number (seed 002, Part I): what each answers, on one's own task port and on another's.

const { SHARED, QUAD, TIMED, MUTATE, NOQUEUE, BROADCAST } = FUTEX_FLAG;

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

test('lock and unlock: grants have a generation, and strangers are refused', async () => {
  await using object = await lab.object();
  const [mine, theirs] = [lab.here.task.traps, lab.there.task.traps];
  const [at, there] = object.regions.map(({ address }) => address) as [number, number];
  const locked = await mine.vm_futex_lock(at, 0, 0);
  expect(locked).toEqual({ code: 0, gen: expect.any(Number), word: expect.any(Number) });
  expect(await mine.vm_futex_lock(at, 0, 0)).toEqual({ code: 'EDEADLK', gen: 0, word: 0 });
  expect(await theirs.vm_futex_lock(there, NOQUEUE, 0)).toMatchObject({ code: 'EAGAIN' });
  expect(await theirs.vm_futex_lock(there, TIMED, 1)).toMatchObject({ code: 'KERN_TIMEDOUT' });
  expect(await theirs.vm_futex_unlock(there, 0)).toEqual({ code: 'EPERM' });
  expect(await theirs.vm_futex_unlock(there, locked.gen)).toEqual({ code: 'EPERM' });
  expect(await theirs.vm_futex_consistent(there, locked.gen)).toEqual({ code: 'EPERM' });
  expect(await mine.vm_futex_consistent(at, locked.gen)).toEqual({ code: 'EINVAL' });
  expect(await mine.vm_futex_unlock(at, locked.gen + 1)).toEqual({ code: 'EPERM' });
  expect(await mine.vm_futex_fenced(at, locked.gen + 1)).toEqual({ code: 'EPERM' });
  const waiting = theirs.vm_futex_lock(there, 0, 0);
  await theirs.vm_region(0);
  expect(await mine.vm_futex_unlock(at, locked.gen)).toEqual({ code: 0 });
  expect(await waiting).toEqual(locked);
  expect(await mine.vm_futex_unlock(at, 0)).toEqual({ code: 'EPERM' });
  expect(await theirs.vm_futex_unlock(there, 0)).toEqual({ code: 0 });
  expect(await theirs.vm_futex_unlock(there, 0)).toEqual({ code: 'EPERM' });
});

test('one futex, whatever the address', async () => {
  await using object = await lab.object();
  const { traps } = lab.here.task;
  await using second = await mapped(lab.here, object.name);
  const [first] = object.regions;
  await traps.vm_futex_lock(first.address + PAGE, 0, 0);
  expect(await traps.vm_futex_lock(second.address + PAGE, 0, 0)).toMatchObject({ code: 'EDEADLK' });
  expect(await traps.vm_futex_lock(second.address, NOQUEUE, 0)).toMatchObject({ code: 0 });
  expect(await traps.vm_futex_unlock(second.address + PAGE, 0)).toEqual({ code: 0 });
  expect(await traps.vm_futex_unlock(first.address, 0)).toEqual({ code: 0 });
});

test('a copy of an object has futexes of its own', async () => {
  await using object = await lab.object();
  const { task, names } = lab.here;
  const { port } = await names.lookUp({ name: object.name });
  using right = port;
  await using copied = await task.vm.map(right, { size: PAGE, copy: true });
  const [mine, theirs] = object.futexes();
  const guard = await mine.lock();
  const own = await copied.futex(0).lock();
  expect(await theirs.tryLock()).toBeNull();
  await own.unlock();
  expect(await theirs.tryLock()).toBeNull();
  await guard.unlock();
});

test('addresses that are none', async () => {
  await using object = await lab.object();
  const { traps } = lab.here.task;
  const [{ address }] = object.regions;
  for (const wrong of [address + 2, address + 2 * PAGE, 0]) {
    const code = 'KERN_INVALID_ADDRESS';
    expect(await traps.vm_futex_lock(wrong, 0, 0)).toMatchObject({ code });
    expect(await traps.vm_futex_unlock(wrong, 0)).toEqual({ code });
    expect(await traps.vm_futex_consistent(wrong, 0)).toEqual({ code });
    expect(await traps.vm_futex_fenced(wrong, 1)).toEqual({ code });
    expect(await traps.vm_futex_wait(wrong, 0, 0, 0, SHARED)).toEqual({ code });
    expect(await traps.vm_futex_wake(wrong, 0, SHARED)).toEqual({ code });
    expect(await traps.vm_futex_requeue(wrong, address, false, SHARED)).toEqual({ code });
    expect(await traps.vm_futex_requeue(address, wrong, false, SHARED)).toEqual({ code });
  }
});

test('wait, wake and requeue by number', async () => {
  await using object = await lab.object();
  const [mine, theirs] = [lab.here.task.traps, lab.there.task.traps];
  const [at, there] = object.regions.map(({ address }) => address) as [number, number];
  expect(await theirs.vm_futex_wait(there, 1, 0, 0, SHARED)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(await theirs.vm_futex_wait(there, 0, 1, 0, SHARED | QUAD)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(await theirs.vm_futex_wait(there, 0, 0, 1, SHARED | TIMED)).toEqual({ code: 'KERN_TIMEDOUT' });
  const sleepers = [
    theirs.vm_futex_wait(there, 0, 1, 0, SHARED),
    theirs.vm_futex_wait(there, 0, 0, 1, SHARED | QUAD),
    theirs.vm_futex_wait(there, 0, 0, 0, SHARED),
  ];
  await lab.asleep(3);
  expect(await mine.vm_futex_wake(at, 9, SHARED)).toEqual({ code: 0 });
  expect(await sleepers[0]).toEqual({ code: 0 });
  expect(await mine.vm_futex_requeue(at, at + 4, false, SHARED | BROADCAST)).toEqual({ code: 0 });
  expect(await mine.vm_futex_wake(at + 4, 9, SHARED | BROADCAST | MUTATE)).toEqual({ code: 0 });
  expect(await Promise.all(sleepers)).toEqual(Array(3).fill({ code: 0 }));
  expect([...(await object.regions[1].read(0, 8))]).toEqual([0, 0, 0, 0, 9, 0, 0, 0]);
  const gaveUp = new AbortController();
  const abandoned = theirs.vm_futex_wait(there, 0, 0, 0, SHARED, gaveUp.signal);
  gaveUp.abort();
  expect(await abandoned).toEqual({ code: 'KERN_INTERRUPTED' });
});

describe('who holds a task’s port', () => {
  test('locks, unlocks and wakes for that task', async () => {
    await using object = await lab.object();
    const { here, there } = lab;
    using mail = here.task.allocate();
    await here.names.register({ name: 'mail', port: make.send(mail) });
    const { port } = await there.names.lookUp({ name: 'mail' });
    using to = port;
    const body = named(DISP.COPY_SEND, there.task.traps.self);
    await there.task.traps.msg({ send: { remote: { disp: DISP.COPY_SEND, name: to.name }, body } });
    using right = (await mail.receive()).body as SendRight;
    const theirs = here.task.traps.on(right.name);
    const [mine, futex] = object.futexes();
    const { address } = object.regions[1];

    const { code, gen } = await theirs.vm_futex_lock(address, 0, 0);
    expect(code).toBe(0);
    // It is the other task's now, not the caller's.
    expect(await mine.tryLock()).toBeNull();
    expect(await theirs.vm_futex_lock(address, 0, 0)).toMatchObject({ code: 'EDEADLK' });
    expect(await here.task.traps.vm_futex_unlock(object.regions[0].address, 0)).toEqual({ code: 'EPERM' });
    const gaveUp = new AbortController();
    const watching = theirs.vm_futex_fenced(address, gen, gaveUp.signal);
    gaveUp.abort();
    expect(await watching).toEqual({ code: 'KERN_INTERRUPTED' });
    expect(await there.task.traps.vm_futex_unlock(address, gen)).toEqual({ code: 0 });

    // What is unlocked for it behind its back it has not any more.
    const guard = await futex.lock();
    expect(await theirs.vm_futex_unlock(address, 0)).toEqual({ code: 0 });
    const taken = await mine.lock();
    await expect(guard.unlock()).rejects.toMatchObject({ code: 'EPERM' });
    expect(await futex.tryLock()).toBeNull();
    await taken.unlock();

    // Over one link, the order in which they are told shows: who unlocks before who has it next.
    await theirs.vm_futex_lock(address, 0, 0);
    const told: string[] = [];
    const next = here.task.traps.vm_futex_lock(object.regions[0].address, 0, 0).then(() => told.push('next'));
    await Promise.all([theirs.vm_futex_unlock(address, 0).then(() => told.push('unlocked')), next]);
    expect(told).toEqual(['unlocked', 'next']);
    expect(await here.task.traps.vm_futex_unlock(object.regions[0].address, 0)).toEqual({ code: 0 });

    expect(await theirs.vm_futex_wait(address, 1, 0, 0, SHARED)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
    const sleeper = futex.wait(0);
    await lab.asleep(1);
    expect(await theirs.vm_futex_wake(address, 0, SHARED)).toEqual({ code: 0 });
    expect(await sleeper).toBe('woken');

    // Unmapped for it: a death, for who waits.
    await (await futex.lock()).unlock();
    const held = await futex.lock();
    const waiting = mine.lock();
    await here.task.traps.vm_region(0);
    await theirs.vm_deallocate(address, 2 * PAGE);
    const heir = await waiting;
    expect(heir.ownerDied).toBe(true);
    heir.consistent();
    await heir.unlock();
    await expect(held.unlock()).rejects.toMatchObject({ code: 'ERELEASED' });
    await expect(futex.lock()).rejects.toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
    // The same address shows something else now: that is none of its futexes.
    const other = await there.task.vm.allocate(2 * PAGE);
    expect(other.address).toBe(address);
    const others = await other.futex(0).lock();
    await expect(held.unlock()).rejects.toMatchObject({ code: 'ERELEASED' });
    await expect(futex.lock()).rejects.toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
    expect(others.isHeld).toBe(true);
    await other.unmap();
  });

  test('that there is not, is told so', async () => {
    const nobody = lab.here.task.traps.on(0x7777);
    expect(await nobody.vm_futex_lock(0, 0, 0)).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
  });
});
