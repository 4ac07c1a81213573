import { boot, type Region } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';
import { FutexLab, type FutexObject, mapped } from './futex-lab.ts';

// What becomes of a futex when somebody dies: its owner, who waits for it, the broker, and who is stopped for too long.

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

type User = Awaited<ReturnType<FutexLab['user']>>;

describe('an owner that is killed', () => {
  test.each(['with koffi', 'without koffi'] as const)('%s: the next is told, and repairs it', async (native) => {
    await using object = await lab.object();
    const [mine, theirs] = object.futexes();
    await using user = await lab.user(native, object);
    await user.ask('lock', 0);
    await user.ask('unlock', 0);
    // In place, where it can.
    await user.ask('lock', 0);
    await kill(user);
    const heir = await mine.lock();
    expect(heir.ownerDied).toBe(true);
    expect(await theirs.tryLock()).toBeNull();
    heir.consistent();
    expect(() => heir.consistent()).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    await heir.unlock();
    await unharmed(object);
  });

  test('while others wait: the first of them is told', async () => {
    await using object = await lab.object();
    const [mine, theirs] = object.futexes();
    await using user = await lab.user('with koffi', object);
    await user.ask('lock', 0);
    const waiting = mine.lock();
    await lab.here.task.traps.vm_region(0);
    const behind = theirs.lock();
    await lab.there.task.traps.vm_region(0);
    await kill(user);
    const heir = await waiting;
    expect(heir.ownerDied).toBe(true);
    heir.consistent();
    await heir.unlock();
    const last = await behind;
    expect(last.ownerDied).toBe(false);
    await last.unlock();
    await unharmed(object);
  });

  test('and nobody repairs it: it is lost for all', async () => {
    await using object = await lab.object();
    const [mine, theirs] = object.futexes();
    await using user = await lab.user('with koffi', object);
    await user.ask('lock', 0);
    await kill(user);
    const heir = await mine.lock();
    expect(heir.ownerDied).toBe(true);
    const waiting = rejection(theirs.lock());
    await lab.there.task.traps.vm_region(0);
    await heir.unlock();
    expect(await waiting).toMatchObject({ code: 'ENOTRECOVERABLE', op: 'lock' });
    expect(await rejection(mine.lock())).toMatchObject({ code: 'ENOTRECOVERABLE' });
    expect(await rejection(theirs.tryLock())).toMatchObject({ code: 'ENOTRECOVERABLE', op: 'tryLock' });
    // Its neighbour is none of that.
    const [neighbour] = object.futexes(4);
    await (await neighbour.lock()).unlock();
  });

  test('while it waits, or stopped before it knows that it has it', async () => {
    await using object = await lab.object();
    const [mine, theirs] = object.futexes();
    await using user = await lab.user('with koffi', object);
    await using second = await lab.user('with koffi', object);
    const guard = await mine.lock();
    await user.ask('lockLater', 0);
    await user.ask('call');
    await second.ask('lockLater', 0);
    await second.ask('call');
    const waiting = theirs.lock();
    await lab.there.task.traps.vm_region(0);
    await kill(user);
    second.kill('SIGSTOP');
    await guard.unlock();
    // It is the owner, whether it has heard of that or not.
    expect(await mine.tryLock()).toBeNull();
    second.kill('SIGKILL');
    const heir = await waiting;
    expect(heir.ownerDied).toBe(true);
    heir.consistent();
    await heir.unlock();
    await unharmed(object);
  });
});

test('a task that leaves its broker with a futex is an owner that died', async () => {
  await using object = await lab.object();
  const [mine] = object.futexes();
  const leaver = await boot({ socket: lab.broker.socket, label: 'leaver' });
  const region = await mapped(leaver, object.name);
  const guard = await region.futex(0).lock();
  const fenced = new Promise<void>((resolve) => guard.onFenced(resolve));
  const waiting = mine.lock();
  await leaver.dispose();
  const heir = await waiting;
  expect(heir.ownerDied).toBe(true);
  await fenced;
  expect(guard.isHeld).toBe(false);
  // Who asks finds the region gone, too; the guard says what matters.
  expect(await rejection(region.futex(0).lock())).toMatchObject({ code: 'KERN_INVALID_TASK' });
  expect(await rejection(guard.unlock())).toMatchObject({ code: 'EFENCED' });
});

describe('an owner that is stopped for longer than its pager waits', () => {
  test.each(['its unlock', 'another call'])(
    'is fenced: %s says so, and the next owner has another generation',
    async (told) => {
      await using object = await lab.object({ budgetMs: 20 });
      await using there = await elsewhere(object);
      const futex = object.regions[0].futex(0);
      // By a region that is unmapped before.
      const region = await mapped(lab.here, object.name);
      const guard = await region.futex(0).lock();
      let calls = 0;
      guard.onFenced(() => (calls += 1));
      await region.unmap();
      const heir = await there.region.futex(0).lock();
      expect(heir.ownerDied).toBe(true);
      expect(heir.gen).toBeGreaterThan(guard.gen);
      await until(() => calls === 1);
      expect(guard.isHeld).toBe(false);
      // The broker tells it once. The guard remembers.
      if (told === 'another call') expect(await rejection(futex.lock())).toMatchObject({ code: 'EFENCED', op: 'lock' });
      expect(await rejection(guard.unlock())).toMatchObject({ code: 'EFENCED', op: 'unlock' });
      expect(calls).toBe(1);
      heir.consistent();
      await heir.unlock();
      // Told once, and then it may go on.
      const again = await futex.lock();
      expect(again.gen).toBeGreaterThan(heir.gen);
      // The other broker may have been too slow to give it back, too.
      if (again.ownerDied) again.consistent();
      await again.unlock();
    },
  );

  test('hears of it by its next lock, if it has forgotten its guard', async () => {
    await using object = await lab.object({ budgetMs: 20 });
    await using there = await elsewhere(object);
    const futex = object.regions[0].futex(0);
    const guard = await futex.lock();
    const heir = await there.region.futex(0).lock();
    heir.consistent();
    await heir.unlock();
    expect(await rejection(futex.lock())).toMatchObject({ code: 'EFENCED', op: 'lock' });
    const next = await futex.lock();
    // The first hold is over, and does not end this one.
    expect(await rejection(guard.unlock())).toMatchObject({ code: 'EPERM' });
    expect(await object.regions[1].futex(0).tryLock()).toBeNull();
    await next.unlock();
  });
});

test('a broker that dies takes its locks along: guards say so, and no lock is had in its memory any more', async () => {
  const doomed = await FutexLab.start('with koffi');
  const object = await doomed.object();
  const [mine, theirs] = object.futexes();
  const [idle] = object.futexes(4);
  await (await idle.lock()).unlock();
  const [quiet] = object.futexes(8);
  await (await quiet.lock()).unlock();
  const unwanted = await quiet.lock();
  const guard = await mine.lock();
  const told: string[] = [];
  guard.onFenced(() => told.push('held'));
  const other = await idle.lock();
  other.onFenced(() => told.push('released'));
  await other.unlock();
  const waiting = rejection(theirs.lock());
  await doomed.there.task.traps.vm_region(0);
  doomed.broker.program.kill();
  expect(await waiting).toMatchObject({ code: 'EBROKERDIED', op: 'lock' });
  await doomed.here.task.closed;
  expect(told).toEqual(['held']);
  guard.onFenced(() => told.push('late'));
  expect(told).toEqual(['held', 'late']);
  expect(guard.isHeld).toBe(false);
  for (const held of [guard, unwanted]) {
    expect(await rejection(held.unlock())).toMatchObject({ code: 'EFENCED', op: 'unlock' });
  }
  expect(await rejection(idle.lock())).toMatchObject({ code: 'KERN_INVALID_TASK' });
  await object[Symbol.asyncDispose]();
  await doomed[Symbol.asyncDispose]();
});

/** The object, mapped by a task of another broker. */
async function elsewhere(object: FutexObject): Promise<AsyncDisposable & { region: Region }> {
  const system = await boot({ label: 'elsewhere' });
  await object.pager.attach({ task: system.task, names: system.names });
  const region = await mapped(system, object.name);
  return {
    region,
    async [Symbol.asyncDispose]() {
      await region.unmap();
      await system.dispose();
    },
  };
}

async function kill(user: User): Promise<void> {
  user.kill('SIGKILL');
  await user.exited;
}

/** Whoever wants it gets it. */
async function unharmed(object: FutexObject): Promise<void> {
  for (const futex of object.futexes()) {
    const guard = await futex.lock();
    expect(guard.ownerDied).toBe(false);
    await guard.unlock();
  }
}
