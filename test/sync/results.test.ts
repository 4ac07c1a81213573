import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/errors.ts';
import { type SleepOptions, type SleepResult, sleep, Waiter, wakeup, wakeupOne } from '../../src/sync/index.ts';
import { rejection } from '../support/rejection.ts';
import { HandClock } from './hand-clock.ts';
import { isSettled } from './settled.ts';

// Results and their precedence: lwkt.md §2.3.

const WOKEN = { code: 0 };
const TIMED_OUT = { code: 'EWOULDBLOCK' };
const INTERRUPTED = { code: 'EINTR', reason: 'why' };

/** Asleep on an ident of its own, and all that can happen to it. */
function asleep(options: SleepOptions = {}): {
  ident: object;
  clock: HandClock;
  abort: () => void;
  waiter: Waiter;
  sleeping: Promise<SleepResult>;
} {
  const ident = {};
  const clock = new HandClock();
  const interrupt = new AbortController();
  const waiter = new Waiter(clock).prepare(ident);
  const sleeping = waiter.sleep({ timeoutMs: 10, signal: interrupt.signal, ...options });
  return { ident, clock, abort: () => interrupt.abort('why'), waiter, sleeping };
}

describe('what a sleep answers', () => {
  test('0: woken', async () => {
    const { ident, sleeping } = asleep();
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });

  test('0: the interlock was consumed before', async () => {
    const ident = {};
    const waiter = new Waiter().prepare(ident);
    wakeup(ident);
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('EWOULDBLOCK: the timeout', async () => {
    const { clock, sleeping } = asleep();
    clock.pass(9);
    expect(await isSettled(sleeping)).toBe(false);
    clock.pass(1);
    expect(await sleeping).toEqual(TIMED_OUT);
  });

  test('EINTR, with the reason: the signal', async () => {
    const { abort, sleeping } = asleep();
    abort();
    expect(await sleeping).toEqual(INTERRUPTED);
  });

  test('ERESTART, with the reason: the signal, if it is of those that restart', async () => {
    const asked: unknown[] = [];
    const { abort, sleeping } = asleep({ restarts: (reason) => asked.push(reason) === 1 });
    abort();
    expect(await sleeping).toEqual({ code: 'ERESTART', reason: 'why' });
    expect(asked).toEqual(['why']);
  });

  test('EINTR: the signal, if it is of those that do not', async () => {
    const { abort, sleeping } = asleep({ restarts: () => false });
    abort();
    expect(await sleeping).toEqual(INTERRUPTED);
  });

  test('without a signal (no PCATCH) nothing interrupts it', async () => {
    const ident = {};
    const sleeping = sleep(ident);
    new AbortController().abort();
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });

  test.each([{}, { timeoutMs: 0 }])('timo 0 is no timeout: %j', async (options) => {
    const clock = new HandClock();
    const ident = {};
    const sleeping = new Waiter(clock).prepare(ident).sleep(options);
    expect(clock.armed).toBe(0);
    clock.pass(2 ** 31);
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    await sleeping;
  });
});

describe('the timer', () => {
  test('is armed only once it sleeps: time that passes after `prepare` does not count', async () => {
    const clock = new HandClock();
    const ident = {};
    const waiter = new Waiter(clock).prepare(ident);
    clock.pass(1000);
    expect(clock.armed).toBe(0);
    const sleeping = waiter.sleep({ timeoutMs: 10 });
    expect(clock.armed).toBe(1);
    clock.pass(9);
    expect(await isSettled(sleeping)).toBe(false);
    wakeup(ident);
    await sleeping;
  });

  test.each(['a consumed interlock', 'a pending signal'])('is not armed for %s', async (what) => {
    const clock = new HandClock();
    const ident = {};
    const waiter = new Waiter(clock).prepare(ident);
    const interrupt = new AbortController();
    if (what === 'a pending signal') interrupt.abort();
    else wakeup(ident);
    const sleeping = waiter.sleep({ timeoutMs: 10, signal: interrupt.signal });
    expect(clock.armed).toBe(0);
    await sleeping;
    waiter.remove();
  });

  test.each(['wakeup', 'abort', 'remove'] as const)('is gone after %s', async (what) => {
    const { ident, clock, abort, waiter, sleeping } = asleep();
    if (what === 'wakeup') wakeup(ident);
    else if (what === 'abort') abort();
    else waiter.remove();
    await sleeping;
    expect(clock.armed).toBe(0);
  });
});

describe('the signal (PCATCH)', () => {
  test('is looked at before the sleep', async () => {
    const waiter = new Waiter().prepare({});
    expect(await waiter.sleep({ signal: AbortSignal.abort('why') })).toEqual(INTERRUPTED);
    waiter.remove();
  });

  test('before the sleep counts even if the interlock was consumed, and the wakeup is still there', async () => {
    const ident = {};
    const waiter = new Waiter().prepare(ident);
    wakeup(ident);
    expect(await waiter.sleep({ signal: AbortSignal.abort('why') })).toEqual(INTERRUPTED);
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('is looked at after the wakeup', async () => {
    const { ident, abort, sleeping } = asleep();
    wakeup(ident);
    abort();
    expect(await sleeping).toEqual(INTERRUPTED);
  });

  test('has no listener of the sleep any more afterwards', async () => {
    const interrupt = new AbortController();
    const listeners = (): number => getEventListeners(interrupt.signal, 'abort').length;
    const { ident, sleeping } = asleep({ signal: interrupt.signal });
    expect(listeners()).toBe(1);
    wakeup(ident);
    await sleeping;
    expect(listeners()).toBe(0);
  });
});

describe('precedence: timeout, signal, wakeup, in whatever order they come before the sleeper goes on', () => {
  const events = ['wakeup', 'abort', 'timeout'] as const;
  const orders = events.flatMap((a) =>
    events
      .filter((b) => b !== a)
      .flatMap((b) => [
        [a, b],
        [a, b, ...events.filter((c) => c !== a && c !== b)],
      ]),
  );
  test.each(orders)('%s, %s, %s', async (...order) => {
    const { ident, clock, abort, sleeping } = asleep();
    for (const event of order) {
      if (event === 'wakeup') wakeup(ident);
      else if (event === 'abort') abort();
      else if (event === 'timeout') clock.pass(10);
    }
    expect(await sleeping).toEqual(order.includes('timeout') ? TIMED_OUT : INTERRUPTED);
  });

  test('a runnable sleeper is caught by its timer: its wakeup of one was consumed, and has to be handed on', async () => {
    const { ident, clock, sleeping } = asleep();
    const behind = sleep(ident);
    wakeupOne(ident);
    clock.pass(10);
    expect(await sleeping).toEqual(TIMED_OUT);
    expect(await isSettled(behind)).toBe(false);
    wakeupOne(ident);
    expect(await behind).toEqual(WOKEN);
  });

  test.each(['timeout', 'abort'])('a wakeup of one that comes after the %s is for the next', async (what) => {
    const { ident, clock, abort, sleeping } = asleep();
    const behind = sleep(ident);
    if (what === 'timeout') clock.pass(10);
    else abort();
    wakeupOne(ident);
    expect(await behind).toEqual(WOKEN);
    await sleeping;
  });
});

describe('a panic', () => {
  test.each([null, undefined])('is an ident %s', async (none) => {
    const ident = none as unknown as object;
    expect(() => new Waiter().prepare(ident)).toThrow(InvariantError);
    expect(() => wakeup(ident)).toThrow(InvariantError);
    expect(() => wakeupOne(ident)).toThrow(InvariantError);
    expect(await rejection(sleep(ident))).toBeInstanceOf(InvariantError);
  });

  test('is a sleep without `prepare`, or after the one that it was for', async () => {
    const ident = {};
    const waiter = new Waiter();
    expect(await rejection(waiter.sleep())).toMatchObject({ message: expect.stringContaining('nothing is prepared') });
    waiter.prepare(ident);
    wakeup(ident);
    await waiter.sleep();
    expect(await rejection(waiter.sleep())).toBeInstanceOf(InvariantError);
  });

  test('is one waiter for two who sleep', async () => {
    const { ident, waiter, sleeping } = asleep();
    expect(await rejection(waiter.sleep())).toBeInstanceOf(InvariantError);
    expect(() => waiter.prepare(ident)).toThrow(InvariantError);
    wakeup(ident);
    expect(await sleeping).toEqual(WOKEN);
  });
});

test.each([-1, Number.NaN, Infinity, 2 ** 31 + 1])(
  'a timeout of %d ms is EINVAL, and nothing has begun',
  async (timeoutMs) => {
    const ident = {};
    expect(await rejection(sleep(ident, { timeoutMs }))).toMatchObject({ code: 'EINVAL', op: 'sleep' });
    const waiter = new Waiter().prepare(ident);
    expect(await rejection(waiter.sleep({ timeoutMs }))).toMatchObject({ code: 'EINVAL' });
    wakeup(ident);
    expect(await waiter.sleep()).toEqual(WOKEN);
  },
);

test('success without a wakeup is legal: a sleeper that is removed goes on with 0', async () => {
  const { waiter, sleeping } = asleep();
  waiter.remove();
  expect(await sleeping).toEqual(WOKEN);
});
