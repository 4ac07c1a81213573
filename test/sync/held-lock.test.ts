import { beforeEach, describe, expect, test } from 'vitest';
import type { HeldLock } from '../../src/sync/index.ts';
import { sleep, type SleepOnOptions, Waiter, wakeup } from '../../src/sync/index.ts';
import { sleepWith } from '../../src/sync/sleep.ts';
import { rejection } from '../support/rejection.ts';
import { HandClock } from './hand-clock.ts';
import { SlowLock } from './slow-lock.ts';
import { isSettled, quiet } from './settled.ts';

// Lock-releasing sleeps: lwkt.md §2.5.

const ident = {};
const clock = new HandClock();
let lock = new SlowLock();
beforeEach(() => void (lock = new SlowLock()));

const sleepOn = (options: SleepOnOptions): ReturnType<typeof sleep> =>
  sleepWith(new Waiter(clock), ident, { lock: lock.held(), ...options });

describe('a sleep that lets go of a lock', () => {
  test('prepares, releases, sleeps, reacquires, and answers what the sleep did', async () => {
    await lock.take();
    const sleeping = sleepOn({});
    expect(lock.isFree).toBe(true);
    await lock.take();
    wakeup(ident);
    expect(await isSettled(sleeping)).toBe(false);
    lock.give();
    expect(await sleeping).toEqual({ code: 0 });
    expect(lock.isFree).toBe(false);
  });

  test('loses no wakeup that comes while it releases', async () => {
    await lock.take();
    const slow: HeldLock = { ...lock.held(), release: () => quiet().then(() => lock.give()) };
    const sleeping = sleepOn({ lock: slow });
    wakeup(ident);
    expect(await sleeping).toEqual({ code: 0 });
    expect(lock.isFree).toBe(false);
  });

  const interrupt = (): AbortController => new AbortController();
  test.each<[string, () => { options: SleepOnOptions; cause: () => void; code: string }]>([
    ['a timeout', () => ({ options: { timeoutMs: 5 }, cause: () => clock.pass(5), code: 'EWOULDBLOCK' })],
    ...['EINTR', 'ERESTART'].map(
      (code): [string, () => { options: SleepOnOptions; cause: () => void; code: string }] => [
        `a signal: ${code}`,
        () => {
          const { signal, abort } = controls(interrupt());
          return { options: { signal, restarts: () => code === 'ERESTART' }, cause: abort, code };
        },
      ],
    ),
    [
      'a signal before it sleeps',
      () => ({ options: { signal: AbortSignal.abort() }, cause: () => undefined, code: 'EINTR' }),
    ],
  ])('reacquires after %s', async (_what, make) => {
    const { options, cause, code } = make();
    await lock.take();
    const sleeping = sleepOn(options);
    await lock.take();
    cause();
    expect(await isSettled(sleeping)).toBe(false);
    lock.give();
    expect(await sleeping).toMatchObject({ code });
    expect(lock.isFree).toBe(false);
  });

  test('reacquires if what it calls throws: the lock is held when that arrives', async () => {
    await lock.take();
    const { signal, abort } = controls(interrupt());
    const restarts = (): boolean => {
      throw new Error('of restarts');
    };
    const sleeping = sleepOn({ signal, restarts });
    await lock.take();
    abort();
    expect(await isSettled(sleeping)).toBe(false);
    lock.give();
    expect((await rejection(sleeping)).message).toBe('of restarts');
    expect(lock.isFree).toBe(false);
  });

  test('its timeout bounds the sleep, and not the reacquire', async () => {
    await lock.take();
    const sleeping = sleepOn({ timeoutMs: 5 });
    await lock.take();
    wakeup(ident);
    await quiet();
    expect(clock.armed).toBe(0);
    clock.pass(1000);
    expect(await isSettled(sleeping)).toBe(false);
    lock.give();
    expect(await sleeping).toEqual({ code: 0 });
  });

  test('nor does its signal', async () => {
    await lock.take();
    const { signal, abort } = controls(interrupt());
    const sleeping = sleepOn({ signal });
    await lock.take();
    wakeup(ident);
    await quiet();
    abort();
    expect(await isSettled(sleeping)).toBe(false);
    lock.give();
    expect(await sleeping).toEqual({ code: 0 });
  });
});

describe('the lock is still held', () => {
  test.each<[string, object | null, SleepOnOptions]>([
    ['no ident', null, {}],
    ['no timeout', ident, { timeoutMs: -1 }],
    ['no domain', ident, { domain: -1 }],
  ])('after arguments that are wrong: %s', async (_what, what, options) => {
    await lock.take();
    await rejection(sleep(what as object, { ...options, lock: lock.held() }));
    expect(lock.isFree).toBe(false);
    expect(lock.takes).toBe(1);
  });
});

test('a release that fails: it has not slept, takes nothing, and is in no queue', async () => {
  await lock.take();
  const fails: HeldLock = { ...lock.held(), release: () => Promise.reject(new Error('of release')) };
  const waiter = new Waiter();
  expect((await rejection(sleepWith(waiter, ident, { lock: fails }))).message).toBe('of release');
  expect(lock.takes).toBe(1);
  expect((await rejection(waiter.sleep())).message).toContain('nothing is prepared');
});

test('a reacquire that fails is what the sleep rejects with', async () => {
  await lock.take();
  const fails: HeldLock = { ...lock.held(), reacquire: () => Promise.reject(new Error('of reacquire')) };
  const sleeping = sleep(ident, { lock: fails });
  wakeup(ident);
  expect((await rejection(sleeping)).message).toBe('of reacquire');
});

function controls(controller: AbortController): { signal: AbortSignal; abort: () => void } {
  return { signal: controller.signal, abort: () => controller.abort('why') };
}
