import { afterAll, beforeAll, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { FutexLab, type FutexObject, mapped } from './futex-lab.ts';

// Sleeping on a word and waking who does (pager.md §2.8), as the handles have it.

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

async function write(object: FutexObject, offset: number, ...values: number[]): Promise<void> {
  await object.regions[0].write(offset, new Uint8Array(Int32Array.from(values).buffer));
}

test('who finds another number does not sleep; who finds it is woken, the one that came first', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes(8);
  await write(object, 8, -5);
  expect(await theirs.wait(-4)).toBe('changed');
  const first = theirs.wait(-5);
  const order: number[] = [];
  const both = [first.then(() => order.push(0))];
  await lab.asleep(1);
  both.push(theirs.wait(0xffff_fffb).then(() => order.push(1)));
  await lab.asleep(2);
  await mine.wake();
  expect(await first).toBe('woken');
  expect(order).toEqual([0]);
  await mine.wake();
  await Promise.all(both);
  expect(order).toEqual([0, 1]);
  // It is kept for nobody.
  await mine.wake();
  expect(await rejection(theirs.wait(-5, { timeoutMs: 1 }))).toMatchObject({ code: 'KERN_TIMEDOUT', op: 'wait' });
});

test('all at once, and with a number that is stored first', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes(8);
  const sleepers = [theirs.wait(0), theirs.wait(0), theirs.wait(0)];
  await lab.asleep(3);
  await mine.wake({ all: true, value: -2 });
  expect(await Promise.all(sleepers)).toEqual(['woken', 'woken', 'woken']);
  expect(Buffer.from(await object.regions[1].read(8, 4)).readInt32LE()).toBe(-2);
  // Also where nobody sleeps.
  await mine.wake({ value: 3 });
  expect(await theirs.wait(-2)).toBe('changed');
});

test('64 bits', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes(8);
  await write(object, 8, 7, -2);
  expect(await theirs.wait(7n)).toBe('changed');
  const sleeper = theirs.wait(BigInt.asIntN(64, 0xffff_fffe_0000_0007n));
  await lab.asleep(1);
  await mine.wake();
  expect(await sleeper).toBe('woken');
});

test('numbers that do not fit are refused', async () => {
  await using object = await lab.object();
  const [futex] = object.futexes();
  for (const value of [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN, 2n ** 64n, -(2n ** 63n) - 1n]) {
    expect(await rejection(futex.wait(value))).toMatchObject({ code: 'EINVAL', op: 'wait' });
  }
  for (const value of [2 ** 32, 5n as unknown as number, '5' as unknown as number]) {
    expect(await rejection(futex.wake({ value }))).toMatchObject({ code: 'EINVAL', op: 'wake' });
  }
});

test('a signal ends a sleep', async () => {
  await using object = await lab.object();
  const [, theirs] = object.futexes();
  const gaveUp = new AbortController();
  const sleeper = rejection(theirs.wait(0, { signal: gaveUp.signal }));
  await lab.asleep(1);
  gaveUp.abort();
  expect(await sleeper).toMatchObject({ code: 'KERN_INTERRUPTED' });
  expect(await rejection(theirs.wait(0, { signal: gaveUp.signal }))).toMatchObject({ code: 'KERN_INTERRUPTED' });
});

test('requeue lets sleepers sleep on, elsewhere', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  const [target] = object.futexes(4);
  const sleepers = [theirs.wait(0)];
  await lab.asleep(1);
  sleepers.push(theirs.wait(0));
  await lab.asleep(2);
  sleepers.push(theirs.wait(0));
  await lab.asleep(3);
  await mine.requeue(target, { wakeOne: true });
  expect(await sleepers[0]).toBe('woken');
  await mine.requeue(target, { all: true });
  await mine.wake({ all: true });
  await target.wake();
  expect(await sleepers[1]).toBe('woken');
  await target.wake();
  expect(await sleepers[2]).toBe('woken');
  expect(await rejection(mine.requeue(theirs))).toMatchObject({ code: 'EINVAL', op: 'requeue' });
});

test('what is not shared is of one mapping, and shared wakeups do not meet it', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  await using second = await mapped(lab.there, object.name);
  expect(await theirs.wait(1)).toBe('changed');
  // The page is here.
  const sleeper = theirs.wait(0, { shared: false });
  await lab.there.task.traps.vm_region(0);
  await mine.wake({ all: true });
  await mine.wake({ all: true, shared: false });
  await second.futex(0).wake({ all: true, shared: false });
  await theirs.wake({ all: true });
  let isWoken = false;
  void sleeper.then(() => (isWoken = true));
  await lab.there.task.traps.vm_region(0);
  expect(isWoken).toBe(false);
  await theirs.wake({ shared: false });
  expect(await sleeper).toBe('woken');
});

test('what may only be read can be slept on and woken, but not stored to', async () => {
  await using object = await lab.object();
  const [mine] = object.futexes();
  await using reader = await mapped(lab.there, object.name, 'r');
  const futex = reader.futex(0);
  expect(await futex.wait(1)).toBe('changed');
  const sleeper = futex.wait(0);
  await lab.asleep(1);
  await mine.wake();
  expect(await sleeper).toBe('woken');
  await futex.wake();
  expect(await rejection(futex.wake({ value: 1 }))).toMatchObject({ code: 'KERN_PROTECTION_FAILURE', op: 'wake' });
});
