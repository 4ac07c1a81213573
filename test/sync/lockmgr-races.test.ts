import { describe, expect, it } from 'vitest';
import { rejection } from '../support/rejection.ts';
import type { HandClock } from './hand-clock.ts';
import { a, b, c, d, lockWith } from './lock-with.ts';

/** lwkt.md §3.3: what comes between a grant and what its flow does next. */
describe('a grant that something has raced', () => {
  const RACES = {
    timeout: { code: 'EWOULDBLOCK', happens: (clock: HandClock) => clock.fire() },
    signal: { code: 'EINTR', happens: (_clock: HandClock, stop: AbortController) => stop.abort() },
  } as const;

  it.each(['timeout', 'signal'] as const)('exclusive, %s: it holds', async (race) => {
    const { lock, clock } = lockWith();
    const stop = new AbortController();
    lock.tryExclusive(a);
    const waiting = lock.exclusive(b, { timeLimitMs: 5, signal: stop.signal });
    lock.release(a);
    RACES[race].happens(clock, stop);
    await waiting;
    expect(lock.status(b)).toBe('exclusive');
  });

  it.each(['timeout', 'signal'] as const)('upgrade, %s: it holds', async (race) => {
    const { lock, clock } = lockWith();
    const stop = new AbortController();
    lock.tryShared(a);
    lock.tryShared(b);
    const waiting = lock.upgrade(b, { timeLimitMs: 5, signal: stop.signal });
    lock.release(a);
    RACES[race].happens(clock, stop);
    await waiting;
    expect(lock.status(b)).toBe('exclusive');
  });

  it.each(['timeout', 'signal'] as const)('shared, %s: it fails, and the grant goes to the next', async (race) => {
    const { lock, clock } = lockWith();
    const stop = new AbortController();
    lock.tryExclusive(a);
    const waiting = rejection(lock.shared(b, { timeLimitMs: 5, signal: stop.signal }));
    const next = lock.exclusive(c);
    lock.release(a);
    expect(lock.status(b)).toBe('shared');
    RACES[race].happens(clock, stop);
    expect(lock.status(c)).toBe('exclusive');
    expect(await waiting).toMatchObject({ code: RACES[race].code });
    await next;
    lock.release(c);
    expect(lock.isInUse).toBe(false);
  });
});

it('gives back no share that somebody else has released before its flow went on', async () => {
  const { lock, clock } = lockWith();
  lock.tryExclusive(a);
  const waiting = rejection(lock.shared(b, { timeLimitMs: 5 }));
  lock.release(a);
  lock.release(c);
  expect(lock.tryExclusive(d)).toBe(true);
  clock.fire();
  expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK' });
  expect(lock.status(d)).toBe('exclusive');
});

/** lwkt.md §3.4: those behind a request that is withdrawn. */
describe('a withdrawn request', () => {
  it.each(['timeout', 'signal'] as const)('lets those go on that were behind it, %s', async (how) => {
    const { lock, clock } = lockWith();
    const stop = new AbortController();
    lock.tryShared(a);
    const writer = rejection(lock.exclusive(b, { timeLimitMs: 5, signal: stop.signal }));
    const reader = lock.shared(c);
    if (how === 'timeout') clock.fire();
    else stop.abort();
    await reader;
    await writer;
    expect(lock.inspect()).toMatchObject({ shared: ['a', 'c'], waiting: [] });
  });

  it('lets those go on that were behind it, cancelled', async () => {
    const { lock } = lockWith();
    lock.tryShared(a);
    const writer = rejection(lock.exclusive(b, { cancelable: true }));
    const reader = lock.shared(c);
    lock.tryUpgrade(a);
    lock.cancelBegin(a);
    await writer;
    lock.downgrade(a);
    await reader;
    expect(lock.inspect()).toMatchObject({ shared: ['a', 'c'], waiting: [] });
  });
});
