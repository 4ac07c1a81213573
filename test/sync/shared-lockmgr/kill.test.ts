import { copy, type System } from 'easync';
import { Lockmgr, Owner, serveLockmgr, SharedLockmgr } from 'easync/sync';
import { expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { LOCK_TASK, LockTask } from './lock-task.ts';

// kill -9 and SIGSTOP of processes: every-step.test.ts has each step of it, on virtual time.

test('kill -9 of who has it exclusively, twice, cancels, and waits with another owner: the next one has it, and is told', async () => {
  await using t = await testSystem();
  using served = await servedToVictim(t.sys);
  const { lock, port, victim, client } = served;
  await victim.call({ client, op: 'exclusive', owner: 'x' });
  await victim.call({ client, op: 'exclusive', owner: 'x', options: { canRecurse: true } });
  await victim.call({ client, op: 'cancelBegin', owner: 'x' });
  const dying = rejection(victim.call({ client, op: 'exclusive', owner: 'y' }));
  using mine = await SharedLockmgr.open(port.right());
  const [me, direct] = [new Owner('me'), new Owner('direct')];
  const next = mine.exclusive(me);
  await until(() => lock.inspect().waiting.length === 2);
  const later = lock.exclusive(direct);
  process.kill(await victim.pid(), 'SIGKILL');
  expect((await dying)['code']).toBe('ESERVERDIED');
  const hold = await next;
  expect([hold.ownerDied, mine.ownerDied(me), lock.ownerDied]).toEqual([true, true, true]);
  expect(lock.inspect()).toMatchObject({ exclusive: 1, waiting: [{ owner: 'direct' }], isCancelling: false });
  await hold.release();
  await later;
  expect(lock.ownerDied).toBe(false);
  lock.release(direct);
});

test('kill -9 of who shares it and waits: whoever was behind goes on, and has nothing to repair', async () => {
  await using t = await testSystem();
  using served = await servedToVictim(t.sys);
  const { lock, port, victim, client } = served;
  await victim.call({ client, op: 'shared', owner: 'x' });
  using mine = await SharedLockmgr.open(port.right());
  const [me, other] = [new Owner('me'), new Owner('other')];
  await mine.shared(me);
  const dying = rejection(victim.call({ client, op: 'exclusive', owner: 'y' }));
  await until(() => lock.inspect().waiting.length === 1);
  const behind = mine.shared(other);
  process.kill(await victim.pid(), 'SIGKILL');
  await dying;
  expect((await behind).ownerDied).toBe(false);
  await mine.release(other);
  await mine.upgrade(me);
  expect(mine.ownerDied(me)).toBe(false);
  await mine.release(me);
});

test('who is stopped keeps others waiting by what it holds alone; killed before it knows of its grant, it leaves it to the next', async () => {
  await using t = await testSystem();
  using served = await servedToVictim(t.sys);
  const { lock, port, victim, client } = served;
  using mine = await SharedLockmgr.open(port.right());
  const [me, other] = [new Owner('me'), new Owner('other')];
  await mine.exclusive(me);
  const dying = rejection(victim.call({ client, op: 'exclusive', owner: 'x' }));
  const pid = await victim.pid();
  await until(() => lock.inspect().waiting.length === 1);
  process.kill(pid, 'SIGSTOP');
  const reading = mine.shared(other);
  expect(await mine.tryShared(other)).toBe(false);
  await mine.downgrade(me);
  await reading;
  await mine.release(other);
  await mine.release(me);
  // It has been granted what it cannot hear of.
  await until(() => lock.inspect().exclusive === 1);
  expect(await rejection(mine.shared(me, { timeLimitMs: 10 }))).toMatchObject({ code: 'EWOULDBLOCK' });
  const next = mine.exclusive(me);
  process.kill(pid, 'SIGKILL');
  expect((await next).ownerDied).toBe(true);
  await dying;
  await mine.release(me);
});

test('kill -9 of the server: what waits settles, here and in a thread, and whatever is asked then says that it is gone', async () => {
  await using t = await testSystem();
  using server = await t.sys.open(LockTask, LOCK_TASK, { place: 'process' });
  using thread = await t.sys.open(LockTask, LOCK_TASK, { place: 'thread' });
  const { at, lock: first } = await server.serve();
  const second = copy(first);
  using mine = await SharedLockmgr.open(first);
  const [me, other] = [new Owner('me'), new Owner('other')];
  await mine.exclusive(me);
  const client = await thread.open({ lock: second });
  const waiting = [
    mine.exclusive(other),
    mine.heldBy(other).reacquire(),
    thread.call({ client, op: 'shared', owner: 'x' }),
    server.direct({ at, op: 'exclusive', owner: 'direct' }),
  ];
  const codes = waiting.map((request) => rejection(request));
  expect(await server.direct({ at, op: 'status', owner: 'direct' })).toBe('exclusive-other');
  process.kill(await server.pid(), 'SIGKILL');
  for (const code of codes) expect(await code).toMatchObject({ code: 'ESERVERDIED' });
  expect(await codes[0]).toMatchObject({ handled: 'maybe', message: expect.stringContaining('a lock: the lock') });
  for (const late of [() => mine.exclusive(other), () => mine.release(me), () => mine.status(null)]) {
    expect(await rejection(late())).toMatchObject({
      code: 'ESERVERDIED',
      handled: 'no',
      message: expect.stringContaining("a lock: the lock's server is gone") as string,
    });
  }
  expect(await rejection(thread.call({ client, op: 'release', owner: 'x' }))).toMatchObject({ code: 'ESERVERDIED' });
});

test('kill -9 of the broker: what the server’s own owners wait for is theirs', async () => {
  await using t = await testSystem();
  using served = await servedToVictim(t.sys);
  const { lock, victim, client } = served;
  await victim.call({ client, op: 'exclusive', owner: 'x' });
  const me = new Owner('me');
  const next = lock.exclusive(me);
  const status = await t.sys.host?.ps();
  if (status !== undefined) process.kill(status.pid, 'SIGKILL');
  await next;
  expect(lock.ownerDied).toBe(true);
  lock.release(me);
});

/** A lock of this process, and who uses it in a process of its own. */
async function servedToVictim(sys: System) {
  const lock = new Lockmgr();
  const port = serveLockmgr(sys, lock);
  const victim = await sys.open(LockTask, LOCK_TASK, { place: 'process' });
  const client = await victim.open({ lock: port.right() });
  const end = (): void => {
    victim[Symbol.dispose]();
    port.close();
  };
  return { lock, port, victim, client, [Symbol.dispose]: end };
}
