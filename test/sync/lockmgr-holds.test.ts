import { describe, expect, it } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { a, b, c, d, lockWith } from './lock-with.ts';
import { quiet } from './settled.ts';

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
    await quiet();
    expect(lock.inspect().waiting).toEqual([]);
  });
});
