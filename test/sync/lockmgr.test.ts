import { describe, expect, it } from 'vitest';
import { Lockmgr } from '../../src/sync/index.ts';
import { rejection } from '../support/rejection.ts';
import { a, b, c, d, lockWith } from './lock-with.ts';

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
    expect(() => lockWith().lock.exclusive(a, { timeLimitMs })).toThrow(
      /EINVAL: lock: timeLimitMs is a number from 0 to/,
    );
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

describe('an error says what, on which object, and what to do', () => {
  const shared = (lock: Lockmgr): Lockmgr => {
    for (const reader of [a, b]) lock.tryShared(reader);
    return lock;
  };
  const NEVER = { signal: AbortSignal.abort('enough') };

  it.each<[string, (lock: Lockmgr) => unknown, RegExp]>([
    [
      'nobody has it',
      (lock) => lock.release(a),
      /^EMSGSTATE: release of the table: a does not have it; nobody has it$/,
    ],
    ['b has it', (lock) => (lock.tryExclusive(b), lock.release(a)), /a does not have it; b has it exclusively$/],
    ['shared', (lock) => (lock.tryShared(a), lock.downgrade(a)), /a does not have it exclusively; it is shared$/],
    [
      'disowned',
      (lock) => (lock.tryExclusive(a), lock.disown(a), lock.downgrade(a)),
      /a does not have it; it is disowned$/,
    ],
    [
      'its own, noWait',
      (lock) => (lock.tryExclusive(a), lock.exclusive(a, { noWait: true })),
      /^EBUSY: exclusive of the table: who asks has it exclusively already; .* canRecurse$/,
    ],
    [
      'an upgrade, noWait',
      (lock) => shared(lock).upgrade(a, { noWait: true }),
      /^EBUSY: upgrade of the table: somebody else shares it.*; its share is lost: begin with `shared`$/,
    ],
    [
      'an upgrade, interrupted',
      (lock) => shared(lock).upgrade(a, NEVER),
      /^EINTR: .* its signal was aborted while it waited; its share is lost/,
    ],
    [
      'cancelled, at once',
      (lock) => (lock.tryExclusive(a), lock.cancelBegin(a), lock.shared(b, { cancelable: true })),
      /^ENOLCK: shared of the table: its holder cancels .*; look whether/,
    ],
    [
      'cancelled, later',
      (lock) => {
        lock.tryExclusive(a);
        const waits = lock.shared(b, { cancelable: true });
        lock.cancelBegin(a);
        return waits;
      },
      /^ENOLCK: shared of the table: the holder has cancelled it; look whether/,
    ],
    [
      'sleepFail',
      (lock) => {
        lock.tryExclusive(a);
        const waits = lock.shared(b, { sleepFail: true });
        lock.release(a);
        return waits;
      },
      /^ENOLCK: shared of the table: it had to wait and may not \(sleepFail\); look whether/,
    ],
    [
      'its owner left',
      (lock) => {
        lock.tryExclusive(a);
        const waits = lock.shared(b);
        lock.leave(b);
        return waits;
      },
      /^EINTR: shared of the table: its owner has left/,
    ],
  ])('%s', async (_name, ask, text) => {
    const { lock } = lockWith();
    const error = await rejection((async () => ask(lock))());
    expect(error.message).toMatch(text);
    expect(error).toMatchObject({ object: 'the table', op: expect.any(String) });
  });
});
