import { make, type SendRight, type SharedIdent } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepare, sleep, wakeup, wakeupOne } from 'easync/sync';
import { FutexLab, framesOf } from '../task/memory/futex-lab.ts';
import { until } from '../support/until.ts';

// Waiters on what tasks share. The same rules as of idents of one thread; queues and wakeups: test/task/sleep.

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

test('sleeps on a port, whichever handle on it is slept on or woken', async () => {
  const port = lab.here.task.allocate({ label: 'ident' });
  using right: SendRight = make.send(port);
  const waiter = await prepare(right);
  await wakeup(port);
  expect(await waiter.sleep()).toEqual({ code: 0 });
  const asleep = sleep(port);
  await lab.here.task.traps.vm_region(0);
  await lab.here.task.traps.vm_region(0);
  await wakeupOne(right);
  expect(await asleep).toEqual({ code: 0 });
  right.deallocate();
  expect(() => void wakeupOne(right)).toThrow(expect.objectContaining({ code: 'ERELEASED', op: 'wakeupOne' }));
  port.destroy();
});

test('sleeps on a word of memory that another task wakes, with a time limit and a signal', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.regions.map((region) => region.ident(16)) as [SharedIdent, SharedIdent];
  expect(await sleep(mine, { timeoutMs: 5 })).toEqual({ code: 'EWOULDBLOCK' });
  expect(await sleep(mine, { signal: AbortSignal.abort('no') })).toEqual({ code: 'EINTR', reason: 'no' });
  const waiter = await prepare(mine);
  await wakeup(theirs);
  expect(await waiter.sleep({ timeoutMs: 60_000 })).toEqual({ code: 0 });
});

test('a sleep in one step is one message, and counts for a wakeup of one from the first', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.regions.map((region) => region.ident(16)) as [SharedIdent, SharedIdent];
  await Promise.all([wakeup(mine), wakeup(theirs)]);
  const { traps } = lab.here.task;
  const woken: string[] = [];
  const frames = await framesOf(lab.here, async () => {
    const sleeping = ['first', 'second'].map((name) => sleep(mine).then(() => woken.push(name)));
    await traps.vm_region(0);
    await wakeupOne(theirs);
    await until(() => woken.length > 0);
    await traps.vm_region(0);
    expect(woken).toEqual(['first']);
    await wakeupOne(theirs);
    await Promise.all(sleeping);
  });
  expect([woken, frames]).toEqual([['first', 'second'], 2 + 2]);
});
