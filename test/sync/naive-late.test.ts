import { expect, test } from 'vitest';
import { type HeldLock, sleep, wakeup } from '../../src/sync/index.ts';
import { NaiveLate } from './naive-late.ts';
import { SlowLock } from './slow-lock.ts';
import { isSettled, quiet } from './settled.ts';

// lwkt.md §2.6: the needed order is hold, test, prepare, drop, sleep. Here is the one that loses a wakeup, and ours, in the same schedule.

type Sleeps = { sleep: (lock: HeldLock) => Promise<unknown>; wakeup: () => void };

/**
 * The waiter finds nothing and lets go of the lock, which is with somebody else, so that it hears only later that it has; before that, a
 * waker takes the lock, brings one, and wakes.
 */
async function inTheGap({ sleep: sleepOn, wakeup: wakeThem }: Sleeps): Promise<{ wentOn: boolean; has: number }> {
  const lock = new SlowLock();
  let has = 0;
  await lock.take();
  expect(has).toBe(0);
  const release = async (): Promise<void> => {
    lock.give();
    await quiet();
  };
  const sleeping = sleepOn({ ...lock.held(), release });
  await lock.take();
  has += 1;
  lock.give();
  wakeThem();
  await quiet();
  return { wentOn: await isSettled(sleeping), has };
}

test('naive: release, then enqueue. The wakeup is lost: it sleeps for ever, and there is one to take', async () => {
  const naive = new NaiveLate();
  const naively = { sleep: (lock: HeldLock) => naive.sleep(() => lock.release()), wakeup: () => naive.wakeup() };
  expect(await inTheGap(naively)).toEqual({ wentOn: false, has: 1 });
});

test('ours is in the queue before it lets go of the lock: the same schedule, and it goes on', async () => {
  const ident = {};
  const ours = { sleep: (lock: HeldLock) => sleep(ident, { lock }), wakeup: () => wakeup(ident) };
  expect(await inTheGap(ours)).toEqual({ wentOn: true, has: 1 });
});
