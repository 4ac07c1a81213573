import { bind, IpcError } from 'easync';
import { critical, delayWakeups, Lockmgr, Owner, serveLockmgr, SharedLockmgr, sleep, wakeup } from 'easync/sync';
import { expect, test } from 'vitest';
import { LockServer, LockSession } from '../../../src/sync/shared-lockmgr/subsystem.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { LOCK_TASK, LockTask } from './lock-task.ts';

const [a, b, c] = [new Owner('a'), new Owner('b'), new Owner('c')] as const;

test('two clients in one task are two to the lock, and owners of the server’s are a third', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr({ name: 'the lock' });
  using port = serveLockmgr(t.sys, lock);
  using one = await SharedLockmgr.open(port.right());
  using two = await SharedLockmgr.open(port.right());
  expect(one.name).toBe('the lock');
  await one.exclusive(a);
  expect([await one.status(a), await two.status(a), lock.status(a)]).toEqual([
    'exclusive',
    'exclusive-other',
    'exclusive-other',
  ]);
  expect(await rejection(two.release(a))).toMatchObject({ name: 'InvariantError' });
  const next = two.shared(a);
  await one.downgrade(a);
  await next;
  await lock.shared(a);
  // Each gives up what is its own, and no more.
  await two.release(a);
  expect((await rejection(two.release(a))).message).toContain('this client has no share of it');
  expect(await rejection(two.upgrade(a))).toMatchObject({ name: 'InvariantError' });
  expect(await rejection(two.cancelEnd(a))).toMatchObject({ name: 'InvariantError' });
  expect(lock.inspect().shared).toEqual(["client 1's owner 1", 'a']);
  await one.release(b);
  lock.release(a);
  expect(lock.isInUse).toBe(false);
});

test('a client that is disposed of has let go of all; who waits in it is told, and who has the lock next', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  using port = serveLockmgr(t.sys, lock);
  const one = await SharedLockmgr.open(port.right());
  using two = await SharedLockmgr.open(port.right());
  await one.exclusive(a);
  await one.exclusive(a, { canRecurse: true });
  const waiting = rejection(one.shared(b));
  const retaking = rejection(one.heldBy(c).reacquire());
  const next = two.shared(a);
  one[Symbol.dispose]();
  expect([await waiting, await retaking]).toMatchObject([{ code: 'ERELEASED' }, { code: 'ERELEASED' }]);
  expect((await next).ownerDied).toBe(true);
  // Who shares it cannot put anything right, so others learn of it too, until one has it exclusively and lets go.
  expect((await two.shared(b)).ownerDied).toBe(true);
  await two.release(b);
  await two.upgrade(a);
  expect(two.ownerDied(a)).toBe(true);
  await two.downgrade(a);
  expect((await two.shared(b)).ownerDied).toBe(false);
  for (const owner of [a, b]) await two.release(owner);
  expect(await rejection(one.release(a))).toMatchObject({ code: 'ERELEASED' });
  expect(lock.inspect()).toMatchObject({ exclusive: 0, shared: [], waiting: [] });
});

test('a hold is released once, and not after it was lost', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  using port = serveLockmgr(t.sys, lock);
  using one = await SharedLockmgr.open(port.right());
  await (async () => {
    await using hold = await one.exclusive(a);
    expect([hold.ownerDied, lock.isInUse]).toEqual([false, true]);
  })();
  expect(lock.isInUse).toBe(false);
  await lock.shared(b);
  const hold = await one.shared(a);
  expect(await one.tryUpgrade(a)).toBe(false);
  await hold.release();
  expect(lock.inspect().shared).toEqual(['b']);
  lock.release(b);
  const last = await one.exclusive(a);
  one[Symbol.dispose]();
  await last.release();
});

test('who sleeps without it has one level less meanwhile, and the same again afterwards (lwkt.md §2.5)', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  using port = serveLockmgr(t.sys, lock);
  using one = await SharedLockmgr.open(port.right());
  const ident = {};
  await one.exclusive(a);
  const sleeping = sleep(ident, { lock: one.heldBy(a) });
  await one.exclusive(b);
  wakeup(ident);
  // It is awake, and waits for the lock.
  await until(() => lock.inspect().waiting.length === 1);
  await one.release(b);
  expect(await sleeping).toEqual({ code: 0 });
  await one.exclusive(a, { canRecurse: true });
  const again = sleep(ident, { lock: one.heldBy(a) });
  await until(() => lock.inspect().exclusive === 1);
  expect(await one.tryShared(b)).toBe(false);
  wakeup(ident);
  expect(await again).toEqual({ code: 0 });
  expect(lock.inspect().exclusive).toBe(2);
  for (let level = 0; level < 2; level += 1) await one.release(a);
  expect(lock.isInUse).toBe(false);
});

test('a client whose share an owner of the server’s has released has none, and may go', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  using port = serveLockmgr(t.sys, lock);
  const one = await SharedLockmgr.open(port.right());
  const hold = await one.shared(a);
  // Whose a share is the table does not say (lwkt.md §3.2).
  lock.release(c);
  await hold.release();
  expect(await rejection(one.release(a))).toMatchObject({ name: 'InvariantError' });
  await one.shared(a);
  lock.release(c);
  one[Symbol.dispose]();
  const next = lock.exclusive(c);
  await next;
  expect(lock.ownerDied).toBe(false);
  lock.release(c);
});

test('the server closes: clients lose what they hold, the lock lives on', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  const port = serveLockmgr(t.sys, lock, { label: 'the lock' });
  using one = await SharedLockmgr.open(port.right());
  using late = port.right();
  await one.exclusive(a);
  const waiting = rejection(one.shared(b));
  const own = lock.exclusive(c);
  port.close();
  expect(() => port.right()).toThrow(/^ERELEASED: right: the lock is closed/u);
  await own;
  expect(lock.ownerDied).toBe(true);
  lock.release(c);
  expect(await waiting).toMatchObject({ code: 'ESERVERDIED' });
  expect(await rejection(one.release(a))).toMatchObject({ code: 'ESERVERDIED', handled: 'no' });
  expect(await rejection(SharedLockmgr.open(late))).toMatchObject({ code: 'ESERVERDIED', handled: 'no' });
});

test('a section in which somebody waits for the lock of another process is open to others meanwhile, and delayed wakeups are over', async () => {
  await using t = await testSystem();
  using task = await t.sys.open(LockTask, LOCK_TASK, { place: 'process' });
  using port = serveLockmgr(t.sys, new Lockmgr());
  const client = await task.open({ lock: port.right() });
  const { at, lock } = await task.serve();
  using theirs = await SharedLockmgr.open(lock);
  await task.direct({ at, op: 'exclusive', owner: 'direct' });
  await critical(async () => {
    const waiting = theirs.exclusive(a);
    // It asks this thread, and would not be heard.
    await task.call({ client, op: 'exclusive', owner: 'x' });
    await task.direct({ at, op: 'release', owner: 'direct' });
    await waiting;
  });
  await theirs.release(a);
  // Nor does its thread withhold what the holder may wait for (lwkt.md §2.4).
  await task.direct({ at, op: 'exclusive', owner: 'direct' });
  const holding = sleep(a).then(() => task.direct({ at, op: 'release', owner: 'direct' }));
  using _section = delayWakeups();
  wakeup(a);
  await theirs.exclusive(b);
  await holding;
});

test.each(['shared', 'exclusive'] as const)(
  'the server closes at any moment of a grant, %s: nothing stays held',
  async (how) => {
    await using t = await testSystem();
    const outcomes: unknown[] = [];
    for (let jobs = 0; jobs < 24; jobs += 1) {
      const lock = new Lockmgr();
      const port = serveLockmgr(t.sys, lock);
      using one = await SharedLockmgr.open(port.right());
      await lock.exclusive(a);
      const request = one[how](b).then(
        () => 'granted',
        ({ code }: IpcError) => code,
      );
      await one.status(null);
      lock.release(a);
      // Promise jobs that the grant is on its way for.
      for (let job = 0; job < jobs; job += 1) await undefined;
      port.close();
      outcomes.push(await request);
      expect(lock.inspect(), `after ${jobs} jobs`).toMatchObject({ exclusive: 0, shared: [], waiting: [] });
    }
    expect([outcomes[0], outcomes.at(-1)]).toEqual(['ESERVERDIED', 'granted']);
  },
);

test('a client that sends what no client sends is refused, and nobody else notices', async () => {
  await using t = await testSystem();
  const lock = new Lockmgr();
  using port = serveLockmgr(t.sys, lock);
  using honest = await SharedLockmgr.open(port.right());
  await honest.shared(a);
  using server = bind(LockServer, port.right());
  using hostile = bind(LockSession, (await server.open()).session);
  const NONE = [undefined, null, 7, 'x', {}, { owner: -1 }, { owner: 1.5 }, { owner: '1' }, { owner: 2 ** 60 }];
  for (const args of NONE as { owner: number; how: 'shared' }[]) {
    for (const call of [hostile.request, hostile.release, hostile.downgrade, hostile.disown, hostile.status]) {
      expect(await rejection(call(args))).toMatchObject({ code: 'MIG_BAD_ARGUMENTS', handled: 'no' });
    }
  }
  for (const wrong of [{ how: 'release' }, { how: 'constructor' }, { noWait: 1 }, { timeLimitMs: '5' }]) {
    const args = { how: 'shared', owner: 1, ...wrong } as { how: 'shared'; owner: number };
    expect(await rejection(hostile.request(args))).toMatchObject({ code: 'MIG_BAD_ARGUMENTS' });
  }
  // Owners that it has never named, and what others hold.
  for (let owner = 0; owner < 100; owner += 1) {
    for (const call of [hostile.release, hostile.downgrade, hostile.cancelBegin, hostile.cancelEnd, hostile.disown]) {
      const error = await rejection(call({ owner }));
      expect([IpcError.is(error), error.name]).toEqual([true, 'InvariantError']);
    }
    expect(await rejection(hostile.request({ how: 'upgrade', owner }))).toMatchObject({ name: 'InvariantError' });
  }
  expect(lock.inspect()).toMatchObject({ shared: [expect.any(String)], waiting: [] });
  await honest.upgrade(a);
  await honest.release(a);
});
