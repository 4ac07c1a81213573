import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { IpcError } from '../../src/errors.ts';
import { type LockmgrOptions, Lockmgr, Owner } from '../../src/sync/index.ts';
import { rejection } from '../support/rejection.ts';
import { HandClock } from './hand-clock.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((label) => new Owner(label)) as [Owner, Owner, Owner, Owner];

function lockWith(options: LockmgrOptions = {}) {
  const clock = new HandClock();
  return { clock, lock: new Lockmgr({ name: 'the table', host: clock, ...options }) };
}

/** Everything that is ready goes on. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('in place', () => {
  it('is had without any wait where nobody has it: no promise', () => {
    const { lock } = lockWith();
    expect(lock.shared(a)).not.toBeInstanceOf(Promise);
    expect(lock.upgrade(a)).toBeUndefined();
    expect(lock.exclusiveUpgrade(a)).toBeUndefined();
    lock.downgrade(a);
    lock.release(a);
    expect(lock.exclusive(a)).not.toBeInstanceOf(Promise);
    expect(lock.inspect()).toMatchObject({ holder: 'a', exclusive: 1, shared: [] });
  });

  it('tries without any wait, and nobody else runs meanwhile', () => {
    const { lock } = lockWith();
    expect(lock.tryExclusive(a)).toBe(true);
    expect([lock.tryShared(b), lock.tryExclusive(b), lock.tryExclusive(a)]).toEqual([false, false, false]);
    expect([lock.tryUpgrade(a), lock.tryExclusiveUpgrade(a)]).toEqual([true, true]);
    expect(lock.tryExclusive(a, { canRecurse: true })).toBe(true);
    lock.release(a);
    lock.downgrade(a);
    expect(lock.tryShared(b)).toBe(true);
    expect(lock.tryUpgrade(a)).toBe(false);
    expect(lock.inspect()).toMatchObject({ exclusive: 0, shared: ['b'] });
    expect(lock.tryShared(a)).toBe(true);
    expect(lock.tryExclusiveUpgrade(a)).toBe(false);
    expect(lock.tryExclusiveUpgrade(b)).toBe(true);
  });

  it('says that it is cancelled where it tries: ENOLCK is no EBUSY', () => {
    const { lock } = lockWith({ cancelable: true });
    lock.tryExclusive(a);
    lock.cancelBegin(a);
    expect(() => lock.tryShared(b)).toThrow(
      expect.objectContaining({ code: 'ENOLCK', op: 'shared', object: 'the table' }),
    );
    lock.cancelEnd(a);
    expect(lock.tryShared(b)).toBe(false);
  });

  it('refuses with EBUSY what may not wait', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const refused = await rejection(lock.exclusive(b, { noWait: true }));
    expect(refused).toMatchObject({ code: 'EBUSY', op: 'exclusive', object: 'the table' });
    expect(refused.message).toMatch(/^EBUSY: exclusive of the table: somebody else has it/);
  });

  it('throws where its caller is wrong, and says who', () => {
    const { lock } = lockWith();
    expect(() => lock.release(a)).toThrow(/release of the table: a does not have it/);
    lock.tryExclusive(a);
    expect(() => lock.exclusive(a)).toThrow(/a has it already, and would wait for itself; pass canRecurse/);
  });

  it('takes modifiers with the lock, and with the request: both hold', async () => {
    const { lock } = lockWith({ noWait: true, canRecurse: true });
    lock.tryExclusive(a);
    await expect(lock.shared(b)).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(lock.shared(b, { noWait: false })).rejects.toMatchObject({ code: 'EBUSY' });
    expect(lock.shared(a, { cancelable: true })).not.toBeInstanceOf(Promise);
    expect(lock.inspect().exclusive).toBe(2);
  });

  it.each([-1, Number.NaN, 2 ** 31 + 1])('does not take %d ms for a limit', (timeLimitMs) => {
    expect(() => new Lockmgr({ timeLimitMs })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => lockWith().lock.exclusive(a, { timeLimitMs })).toThrow(/EINVAL: timeLimitMs is from 0 to/);
  });
});

describe('a wait', () => {
  it('ends with the grant: the hold is there before its flow goes on', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const waiting = lock.exclusive(b);
    expect(waiting).toBeInstanceOf(Promise);
    lock.release(a);
    expect(lock.status(b)).toBe('exclusive');
    expect(lock.tryExclusive(c)).toBe(false);
    (await waiting).release();
    expect(lock.isInUse).toBe(false);
  });

  it('fails with ENOLCK if it may not sleep', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const waiting = rejection(lock.shared(b, { sleepFail: true }));
    lock.release(a);
    expect(await waiting).toMatchObject({ code: 'ENOLCK', op: 'shared' });
    expect(lock.isInUse).toBe(false);
  });

  it('fails with ENOLCK when it is cancelled', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const waiting = rejection(lock.exclusive(b, { cancelable: true }));
    lock.cancelBegin(a);
    expect(await waiting).toMatchObject({ code: 'ENOLCK' });
    expect(lock.inspect()).toMatchObject({ waiting: [], isCancelling: true });
  });

  it.each(['shared', 'exclusive'] as const)('fails with EWOULDBLOCK at its time limit, %s', async (kind) => {
    const { lock, clock } = lockWith();
    lock.tryExclusive(a);
    const waiting = rejection(lock[kind](b, { timeLimitMs: 7 }));
    expect(clock.set).toEqual([7]);
    clock.fire();
    expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK', op: kind });
    lock.release(a);
    expect(lock.isInUse).toBe(false);
  });

  it.each(['upgrade', 'exclusiveUpgrade'] as const)(
    'fails with EWOULDBLOCK at its time limit, %s: the share is lost',
    async (kind) => {
      const { lock, clock } = lockWith();
      lock.tryShared(a);
      lock.tryShared(b);
      const waiting = rejection(lock[kind](b, { timeLimitMs: 7 }));
      clock.fire();
      expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK', op: kind });
      expect(lock.inspect()).toMatchObject({ shared: ['a'], waiting: [] });
    },
  );

  it.each(['shared', 'exclusive'] as const)('says EWOULDBLOCK though it may not sleep, %s', async (kind) => {
    const { lock, clock } = lockWith({ sleepFail: true });
    lock.tryExclusive(a);
    const waiting = rejection(lock[kind](b, { timeLimitMs: 7 }));
    clock.fire();
    expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK' });
  });

  it('says EWOULDBLOCK though it may not sleep, if that comes before its flow goes on', async () => {
    const { lock, clock } = lockWith({ sleepFail: true });
    lock.tryExclusive(a);
    const waiting = rejection(lock.exclusive(b, { timeLimitMs: 7 }));
    lock.release(a);
    clock.fire();
    expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK' });
  });

  it('takes the shorter limit of the lock and of the request; 0 is none', () => {
    const { lock, clock } = lockWith({ timeLimitMs: 10 });
    lock.tryExclusive(a);
    const waiting = [{ timeLimitMs: 20 }, { timeLimitMs: 5 }, { timeLimitMs: 0 }, {}].map((options) =>
      rejection(lock.shared(b, options)),
    );
    expect(clock.set).toEqual([10, 5, 10, 10]);
    clock.fire();
    return Promise.all(waiting);
  });

  it('has one time limit for all of it, also when it becomes *the* request meanwhile', async () => {
    const { lock, clock } = lockWith();
    lock.tryShared(a);
    const first = rejection(lock.exclusive(b, { timeLimitMs: 1 }));
    const waiting = rejection(lock.exclusive(c, { timeLimitMs: 9 }));
    expect(clock.set).toEqual([1, 9]);
    lock.leave(b);
    await first;
    expect(clock.set).toEqual([9]);
    clock.fire();
    expect(await waiting).toMatchObject({ code: 'EWOULDBLOCK' });
  });

  it('fails with EINTR when its signal is aborted, with the reason', async () => {
    const { lock } = lockWith();
    const [stop, reason] = [new AbortController(), new Error('enough')];
    lock.tryExclusive(a);
    const waiting = rejection(lock.exclusive(b, { signal: stop.signal }));
    stop.abort(reason);
    const failed = await waiting;
    expect(failed).toMatchObject({ code: 'EINTR', op: 'exclusive' });
    expect(failed.cause).toBe(reason);
    expect(lock.inspect().waiting).toEqual([]);
  });

  it('fails with ERESTART where the reason asks for it', async () => {
    const [ofLock, ofCall] = [new AbortController(), new AbortController()];
    const { lock } = lockWith({ signal: ofLock.signal, restarts: (reason) => reason === 'begin again' });
    lock.tryExclusive(a);
    const waiting = [rejection(lock.exclusive(b, { signal: ofCall.signal })), rejection(lock.exclusive(c))];
    ofCall.abort('stop');
    ofLock.abort('begin again');
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(['EINTR', 'ERESTART']);
  });

  it('looks at its signal before it sleeps, and only if it has to', async () => {
    const { lock, clock } = lockWith({ signal: AbortSignal.abort('no'), timeLimitMs: 5 });
    expect(lock.exclusive(a)).not.toBeInstanceOf(Promise);
    const waiting = rejection(lock.exclusive(b));
    expect(clock.set).toEqual([]);
    expect(lock.inspect().waiting).toEqual([]);
    expect(await waiting).toMatchObject({ code: 'EINTR', cause: 'no' });
  });

  it('lets a timeout beat a signal, and a signal whatever else has ended the wait', async () => {
    const { lock, clock } = lockWith({ cancelable: true, timeLimitMs: 5 });
    const stop = new AbortController();
    lock.tryExclusive(a);
    const both = rejection(lock.exclusive(b, { signal: stop.signal }));
    stop.abort();
    clock.fire();
    expect(await both).toMatchObject({ code: 'EWOULDBLOCK' });
    const again = new AbortController();
    const timedOut = rejection(lock.exclusive(b, { signal: again.signal }));
    clock.fire();
    again.abort();
    expect(await timedOut).toMatchObject({ code: 'EWOULDBLOCK' });
    const late = new AbortController();
    const cancelled = rejection(lock.exclusive(b, { signal: late.signal }));
    lock.cancelBegin(a);
    late.abort();
    expect(await cancelled).toMatchObject({ code: 'EINTR' });
  });

  it('leaves no timer and no listener behind, however it ends', async () => {
    const { lock, clock } = lockWith({ timeLimitMs: 5, cancelable: true });
    const { signal } = new AbortController();
    lock.tryExclusive(a);
    const waits = ['granted', 'cancelled'].map((how) => lock.exclusive(b, { signal, cancelable: how === 'cancelled' }));
    expect([clock.set.length, getEventListeners(signal, 'abort').length]).toEqual([2, 2]);
    lock.cancelBegin(a);
    await Promise.allSettled(waits);
    expect([clock.set.length, getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
  });
});

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

/** lwkt.md §3.6 */
describe('status', () => {
  it('is exclusive to the holder and to nobody in particular, and to others somebody else’s', () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    expect([lock.status(a), lock.status(null), lock.status(b)]).toEqual(['exclusive', 'exclusive', 'exclusive-other']);
    expect([lock.isOwned(a), lock.isOwned(b), lock.isInUse]).toEqual([true, false, true]);
  });

  it('is shared to everybody, and owned by everybody as far as can be told', () => {
    const { lock } = lockWith();
    lock.tryShared(a);
    expect([lock.status(a), lock.status(null), lock.status(b)]).toEqual(['shared', 'shared', 'shared']);
    expect([lock.isOwned(a), lock.isOwned(b), lock.isInUse]).toEqual([true, true, true]);
  });

  it('is 0 where nobody has it', () => {
    const { lock } = lockWith();
    expect([lock.status(a), lock.status(null), lock.isOwned(a), lock.isInUse]).toEqual([0, 0, false, false]);
  });

  it('does not count what waits', async () => {
    const { lock } = lockWith();
    lock.tryShared(a);
    const waiting = rejection(lock.exclusive(b));
    expect(lock.status(b)).toBe('shared');
    lock.leave(b);
    await waiting;
  });

  it('of a disowned lock: somebody else has it', () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    lock.disown(a);
    expect([lock.status(a), lock.status(null), lock.isOwned(a), lock.isInUse]).toEqual([
      'exclusive-other',
      'exclusive',
      false,
      true,
    ]);
    lock.release(b);
    expect(lock.isInUse).toBe(false);
  });

  it('shows people who has it and who waits, in order', async () => {
    const { lock } = lockWith();
    lock.tryShared(a);
    lock.tryShared(a);
    lock.tryShared(b);
    const waits = [lock.shared(c, { deadlockTreat: true }), lock.exclusive(c), lock.shared(d), lock.upgrade(b)];
    expect(lock.inspect()).toEqual({
      name: 'the table',
      holder: null,
      exclusive: 0,
      shared: ['a', 'a', 'c'],
      waiting: [
        { owner: 'c', wants: 'exclusive' },
        { owner: 'd', wants: 'shared' },
        { owner: 'b', wants: 'upgrade' },
      ],
      isCancelling: false,
      ownerDied: false,
    });
    for (const owner of [a, b, c, d]) lock.leave(owner);
    await Promise.allSettled(waits);
    expect(lock.isInUse).toBe(false);
  });
});

describe('a hold', () => {
  it('is released once, at the end of its block', async () => {
    const { lock } = lockWith();
    {
      using hold = await lock.exclusive(a);
      expect(lock.status(a)).toBe('exclusive');
      hold.release();
      expect(lock.isInUse).toBe(false);
      lock.tryExclusive(b);
    }
    expect(lock.status(b)).toBe('exclusive');
  });

  it('that has become another is released all the same', async () => {
    const { lock } = lockWith();
    {
      using _hold = await lock.shared(a);
      await lock.upgrade(a);
      lock.downgrade(a);
    }
    expect(lock.isInUse).toBe(false);
  });

  it('that a failed upgrade has lost is not released', async () => {
    const { lock } = lockWith();
    lock.tryShared(b);
    {
      using _hold = await lock.shared(a);
      await expect(lock.upgrade(a, { noWait: true })).rejects.toMatchObject({ code: 'EBUSY' });
    }
    expect(lock.inspect().shared).toEqual(['b']);
  });
});

describe('a lock that is let go of for a sleep (§2.5)', () => {
  it('is released by one level, and taken again by one', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const held = lock.heldBy(a);
    void held.release();
    expect(lock.isInUse).toBe(false);
    expect(held.reacquire()).toBeUndefined();
    lock.tryExclusive(a, { canRecurse: true });
    void held.release();
    expect(lock.inspect()).toMatchObject({ holder: 'a', exclusive: 1 });
    expect(held.reacquire()).toBeUndefined();
    expect(lock.inspect()).toMatchObject({ holder: 'a', exclusive: 2 });
  });

  it('is taken again exclusively, whatever is fixed with the lock, and however long it takes', async () => {
    const { lock, clock } = lockWith({
      noWait: true,
      sleepFail: true,
      cancelable: true,
      timeLimitMs: 5,
      signal: AbortSignal.abort(),
    });
    lock.tryExclusive(a);
    const held = lock.heldBy(a);
    void held.release();
    lock.tryExclusive(b);
    lock.cancelBegin(b);
    const again = held.reacquire();
    expect(clock.set).toEqual([]);
    lock.release(b);
    await again;
    expect(lock.status(a)).toBe('exclusive');
  });
});

describe('an owner that is no more', () => {
  it('holds nothing, waits for nothing, and the next is told once', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const waits = [rejection(lock.exclusive(b)), rejection(lock.shared(b))];
    const next = lock.exclusive(c);
    expect(lock.ownerDied).toBe(false);
    lock.leave(b);
    lock.leave(a);
    expect((await Promise.all(waits)).map(({ code }) => code)).toEqual(['EINTR', 'EINTR']);
    await next;
    expect(lock.ownerDied).toBe(true);
    lock.release(c);
    expect(lock.tryExclusive(d)).toBe(true);
    expect(lock.ownerDied).toBe(false);
  });

  it('has not got what it was granted and never heard of', async () => {
    const { lock } = lockWith();
    lock.tryExclusive(a);
    const waiting = rejection(lock.exclusive(b));
    const next = lock.shared(c);
    lock.leave(c);
    await expect(next).rejects.toMatchObject({ code: 'EINTR' });
    lock.release(a);
    lock.leave(b);
    expect(await waiting).toMatchObject({ code: 'EINTR' });
    expect(lock.isInUse).toBe(false);
    await turn();
    expect(lock.inspect().waiting).toEqual([]);
  });
});

it('has errors that say what, on which object, and what to do', () => {
  const { lock } = lockWith();
  try {
    lock.tryExclusive(a);
    lock.cancelBegin(a);
    lock.tryShared(b, { cancelable: true });
    expect.unreachable();
  } catch (error) {
    expect(IpcError.is(error) && error.message).toMatch(
      /^ENOLCK: shared of the table: its holder cancels .*; look whether/,
    );
  }
});
