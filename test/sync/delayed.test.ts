import { describe, expect, test } from 'vitest';
import { delayWakeups, Lockmgr, Owner, prepare, sleep, wakeup, wakeupDomain, wakeupOne } from '../../src/sync/index.ts';
import { isSettled, quiet } from './settled.ts';

// Delayed wakeups: lwkt.md §2.4, and §5 for the Set.

const WOKEN = { code: 0 };

describe('delayed wakeups', () => {
  test('are fired by the end, in the order in which they came', async () => {
    const order: string[] = [];
    const sleeping = ['a', 'b', 'c', 'd'].map((ident) => sleep(ident).then(() => order.push(ident)));
    const section = delayWakeups();
    for (const ident of ['c', 'a', 'd', 'c', 'b']) wakeup(ident);
    await quiet();
    expect(order).toEqual([]);
    section[Symbol.dispose]();
    await Promise.all(sleeping);
    expect(order).toEqual(['c', 'a', 'd', 'b']);
  });

  test('only plain ones: those of one, and of a domain, are not', async () => {
    const ident = {};
    const sleeping = [sleep(ident), sleep(ident, { domain: 5 })] as const;
    using _section = delayWakeups();
    wakeupOne(ident);
    expect(await sleeping[0]).toEqual(WOKEN);
    wakeupDomain(ident, 5);
    expect(await sleeping[1]).toEqual(WOKEN);
  });

  test('reach who prepares before the end', async () => {
    const ident = {};
    const section = delayWakeups();
    wakeup(ident);
    const waiter = prepare(ident);
    section[Symbol.dispose]();
    expect(await waiter.sleep()).toEqual(WOKEN);
  });

  test('end when somebody waits for a lock: its holder may wait for one of them', async () => {
    const [ident, lock, holder, next] = [{}, new Lockmgr(), new Owner(), new Owner()];
    lock.tryExclusive(holder);
    const holding = sleep(ident).then(() => lock.release(holder));
    using _section = delayWakeups();
    wakeup(ident);
    await lock.exclusive(next);
    await holding;
    lock.release(next);
  });

  test('end with the last of several sections', async () => {
    const ident = {};
    const sleeping = sleep(ident);
    const [outer, inner] = [delayWakeups(), delayWakeups()];
    wakeup(ident);
    outer[Symbol.dispose]();
    expect(await isSettled(sleeping)).toBe(false);
    inner[Symbol.dispose]();
    expect(await sleeping).toEqual(WOKEN);
  });

  test('an end that comes again does nothing', async () => {
    const ident = {};
    const sleeping = sleep(ident);
    const old = delayWakeups();
    old[Symbol.dispose]();
    const section = delayWakeups();
    wakeup(ident);
    old[Symbol.dispose]();
    expect(await isSettled(sleeping)).toBe(false);
    await section[Symbol.asyncDispose]();
    expect(await sleeping).toEqual(WOKEN);
  });

  test('an ident that is none panics at once, and not at the end', () => {
    using _section = delayWakeups();
    expect(() => wakeup(null as unknown as object)).toThrow('nothing to sleep on');
  });
});

describe('a sleep', () => {
  test('flushes and ends them before it sleeps', async () => {
    const [ident, own] = [{}, {}];
    const other = sleep(ident);
    using _section = delayWakeups();
    wakeup(ident);
    const sleeping = sleep(own);
    expect(await other).toEqual(WOKEN);
    // The section is over: this is not put off.
    wakeup(own);
    expect(await sleeping).toEqual(WOKEN);
  });

  test('on the very ident that is withheld goes on at once', async () => {
    const ident = {};
    using _section = delayWakeups();
    wakeup(ident);
    expect(await sleep(ident)).toEqual(WOKEN);
  });

  test.each(['a consumed interlock', 'a pending signal'])('that does not really sleep does not: %s', async (what) => {
    const [ident, own] = [{}, {}];
    const other = sleep(ident);
    const waiter = prepare(own);
    if (what === 'a consumed interlock') wakeup(own);
    const section = delayWakeups();
    wakeup(ident);
    await waiter.sleep({ ...(what === 'a pending signal' && { signal: AbortSignal.abort() }) });
    expect(await isSettled(other)).toBe(false);
    section[Symbol.dispose]();
    expect(await other).toEqual(WOKEN);
    waiter.remove();
  });
});
