import { describe, expect, test } from 'vitest';
import { prepare, sleep, Waiter, wakeup, wakeupOne } from '../../src/sync/index.ts';
import { HandClock } from './hand-clock.ts';
import { isSettled } from './settled.ts';

// The model and the interlock: lwkt.md §2.1, §2.2.

const WOKEN = { code: 0 };

describe('a wakeup', () => {
  test('with nobody asleep is forgotten: nothing is counted, nothing latched', async () => {
    const ident = {};
    wakeup(ident);
    wakeupOne(ident);
    const sleeping = sleep(ident);
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    await sleeping;
  });

  test('wakes all that sleep there, first in first out', async () => {
    const ident = {};
    const order: number[] = [];
    const sleeping = [1, 2, 3].map((number) => sleep(ident).then(() => order.push(number)));
    wakeup(ident);
    await Promise.all(sleeping);
    expect(order).toEqual([1, 2, 3]);
  });

  test.each([
    ['objects', {}, {}],
    ['functions', () => 0, () => 0],
    ['symbols', Symbol('ident'), Symbol('ident')],
    ['strings', 'an ident', 'another ident'],
  ])('wakes those of exactly this ident: %s', async (_kind, ident, other) => {
    const sleeping = sleep(ident);
    wakeup(other);
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });

  test('of equal strings is of the same ident', async () => {
    const sleeping = sleep(['id', 'ent'].join(''));
    wakeup('ident');
    expect(await sleeping).toEqual(WOKEN);
  });

  test('returns before anybody it woke runs', async () => {
    const ident = {};
    let ran = false;
    const sleeping = sleep(ident).then(() => (ran = true));
    wakeup(ident);
    expect(ran).toBe(false);
    await sleeping;
  });
});

describe('prepare and sleep', () => {
  test('the waiter is in the queue from `prepare` on: a wakeup before the sleep is not lost', async () => {
    const ident = {};
    const waiter = prepare(ident);
    await isSettled(Promise.resolve());
    wakeup(ident);
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('sleep in one step is in the queue when it has returned its promise', async () => {
    const ident = {};
    const sleeping = sleep(ident);
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });

  test('each prepare is for one sleep', async () => {
    const ident = {};
    const waiter = new Waiter();
    for (let round = 0; round < 3; round += 1) {
      waiter.prepare(ident);
      wakeup(ident);
      expect(await waiter.sleep()).toEqual(WOKEN);
    }
  });
});

describe('the one slot', () => {
  test('a new prepare replaces that of another ident', async () => {
    const [old, ident] = [{}, {}];
    const waiter = prepare(old).prepare(ident);
    wakeup(old);
    const sleeping = waiter.sleep();
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });

  test('even if a wakeup had consumed it', async () => {
    const [old, ident] = [{}, {}];
    const waiter = prepare(old);
    wakeup(old);
    const sleeping = waiter.prepare(ident).sleep();
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    await sleeping;
  });

  test('the same ident again puts it at the end of the queue', async () => {
    const ident = {};
    const first = prepare(ident);
    const second = prepare(ident);
    first.prepare(ident);
    const sleeping = [first.sleep(), second.sleep()] as const;
    wakeupOne(ident);
    expect(await sleeping[1]).toEqual(WOKEN);
    expect(await isSettled(sleeping[0])).toBe(false);
    wakeup(ident);
    await sleeping[0];
  });

  test('the same ident in another domain replaces it, too', async () => {
    const ident = {};
    const waiter = prepare(ident).prepare(ident, { domain: 3 });
    wakeup(ident);
    const sleeping = waiter.sleep();
    expect(await isSettled(sleeping)).toBe(false);
    waiter.remove();
    await sleeping;
  });
});

describe('a left-over interlock does no harm', () => {
  test('to the next prepare', async () => {
    const ident = {};
    const waiter = prepare(ident);
    waiter.prepare({});
    const other = sleep(ident);
    wakeupOne(ident);
    expect(await other).toEqual(WOKEN);
    waiter.remove();
  });

  test('to those behind it: a wakeup of one takes it out and goes on', async () => {
    const ident = {};
    const left = prepare(ident);
    const other = sleep(ident);
    wakeupOne(ident);
    expect(await other).toEqual(WOKEN);
    left.remove();
  });

  test('after an early return by signal: it is still there, and a sleep without a new prepare still may follow', async () => {
    const ident = {};
    const waiter = prepare(ident);
    await waiter.sleep({ signal: AbortSignal.abort() });
    wakeup(ident);
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('and is gone with `remove`, `using`, or a wakeup', async () => {
    const ident = {};
    const removed = prepare(ident);
    removed.remove();
    removed.remove();
    {
      using waiter = prepare(ident);
      expect(waiter).toBeInstanceOf(Waiter);
    }
    const woken = prepare(ident);
    wakeup(ident);
    const other = sleep(ident);
    wakeupOne(ident);
    expect(await other).toEqual(WOKEN);
    woken.remove();
  });
});

test('a waiter that is disposed of in its sleep goes on, and its timer is gone', async () => {
  const clock = new HandClock();
  let sleeping: Promise<unknown>;
  {
    using waiter = new Waiter(clock).prepare({});
    sleeping = waiter.sleep({ timeoutMs: 10 });
  }
  expect(await sleeping).toEqual(WOKEN);
  expect(clock.armed).toBe(0);
});
