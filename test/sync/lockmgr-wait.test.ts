import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { a, b, c, lockWith } from './lock-with.ts';

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
    expect([clock.set.length, getEventListeners(signal, 'abort').length]).toEqual([2, 1]);
    lock.cancelBegin(a);
    await Promise.allSettled(waits);
    expect([clock.set.length, getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
  });
});
