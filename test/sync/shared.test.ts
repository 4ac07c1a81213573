import { make, type SendRight, type SharedIdent } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepare, sleep, wakeup, wakeupOne } from 'easync/sync';
import { FutexLab } from '../task/memory/futex-lab.ts';

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
