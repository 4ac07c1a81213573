import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/errors.ts';
import { Waiter } from '../../src/sync/index.ts';
import { rejection } from '../support/rejection.ts';
import { DistantQueue } from './distant-queue.ts';
import { HandClock } from './hand-clock.ts';
import { isSettled } from './settled.ts';

// A waiter whose queue is somewhere else: what it says takes its time, and so does what it is told.

const WOKEN = { code: 0 };

async function prepared(): Promise<{ queue: DistantQueue; waiter: Waiter; clock: HandClock }> {
  const clock = new HandClock();
  const queue = new DistantQueue();
  const waiter = new Waiter(clock);
  const entering = waiter.enter(queue, 0);
  queue.both();
  await entering;
  return { queue, waiter, clock };
}

describe('prepare', () => {
  test('is a promise that settles once the sleeper is in the queue, and not before', async () => {
    const queue = new DistantQueue();
    const entering = Promise.resolve(new Waiter().enter(queue, 0));
    expect(await isSettled(entering)).toBe(false);
    queue.arrive();
    expect(await isSettled(entering)).toBe(false);
    queue.comeBack();
    expect(await entering).toBeInstanceOf(Waiter);
  });

  test('has to be awaited before the sleep', async () => {
    const waiter = new Waiter();
    void waiter.enter(new DistantQueue(), 0);
    const error = await rejection(waiter.sleep());
    expect(error).toBeInstanceOf(InvariantError);
    expect(error.message).toContain('await');
  });

  test('that is refused rejects, and leaves nothing prepared', async () => {
    const queue = new DistantQueue();
    queue.refusal = new Error('dead');
    const waiter = new Waiter();
    const entering = waiter.enter(queue, 0);
    queue.both();
    expect((await rejection(entering)).message).toBe('dead');
    expect((await rejection(waiter.sleep())).message).toContain('nothing is prepared');
  });

  test('that is replaced meanwhile takes itself out again, and its wakeup means nothing', async () => {
    const [old, queue] = [new DistantQueue(), new DistantQueue()];
    const waiter = new Waiter();
    const first = waiter.enter(old, 0);
    old.arrive();
    old.wakeup(0, false);
    const second = waiter.enter(queue, 0);
    old.comeBack();
    queue.both();
    await Promise.all([first, second]);
    const sleeping = waiter.sleep();
    expect(await isSettled(sleeping)).toBe(false);
    old.arrive();
    queue.arrive();
    expect([old.count, queue.count]).toEqual([0, 1]);
    queue.wakeup(0, true);
    queue.comeBack();
    expect(await sleeping).toEqual(WOKEN);
  });

  test('that is removed meanwhile takes itself out again', async () => {
    const queue = new DistantQueue();
    const waiter = new Waiter();
    const entering = waiter.enter(queue, 0);
    waiter.remove();
    queue.both();
    await entering;
    expect(queue.count).toBe(1);
    queue.arrive();
    expect(queue.count).toBe(0);
  });

  test('that was refused when it had been replaced leaves the new one alone', async () => {
    const [old, queue] = [new DistantQueue(), new DistantQueue()];
    old.refusal = new Error('dead');
    const waiter = new Waiter();
    const first = waiter.enter(old, 0);
    const second = waiter.enter(queue, 0);
    queue.both();
    await second;
    old.both();
    await rejection(first);
    queue.wakeup(0, false);
    queue.comeBack();
    expect(await waiter.sleep()).toEqual(WOKEN);
  });
});

describe('a wakeup', () => {
  test('that comes before the acknowledgement is not lost', async () => {
    const queue = new DistantQueue();
    const waiter = new Waiter();
    const entering = waiter.enter(queue, 0);
    queue.arrive();
    queue.wakeup(0, false);
    queue.comeBack();
    await entering;
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('that was told before the sleeper said that it sleeps reaches it in its sleep', async () => {
    const { queue, waiter } = await prepared();
    const sleeping = waiter.sleep();
    queue.wakeup(0, false);
    expect(await isSettled(sleeping)).toBe(false);
    queue.comeBack();
    expect(await sleeping).toEqual(WOKEN);
  });

  test('that crosses the end of a sleep does not count for the next', async () => {
    const { queue, waiter, clock } = await prepared();
    const sleeping = waiter.sleep({ timeoutMs: 5 });
    queue.arrive();
    queue.wakeup(0, true);
    clock.pass(5);
    expect(await sleeping).toEqual({ code: 'EWOULDBLOCK' });
    queue.comeBack();
    expect((await rejection(waiter.sleep())).message).toContain('nothing is prepared');
    const other = new DistantQueue();
    const entering = waiter.enter(other, 0);
    other.both();
    await entering;
    expect(await isSettled(waiter.sleep())).toBe(false);
    waiter.remove();
  });
});

test('who is too late takes itself out of the queue', async () => {
  const { queue, waiter, clock } = await prepared();
  const sleeping = waiter.sleep({ timeoutMs: 5 });
  clock.pass(5);
  await sleeping;
  queue.arrive();
  expect(queue.count).toBe(0);
});
