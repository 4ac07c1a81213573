import { Owner } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import type { AnyLock, NewLock } from './any-lock.ts';

const [a, b, c, d] = [new Owner('a'), new Owner('b'), new Owner('c'), new Owner('d')] as const;

/** What the table of lwkt.md §3.2, and §3.3 to §3.6, say of a lock, wherever it is. */
export const CASES: readonly (readonly [name: string, body: (newLock: NewLock) => Promise<void>])[] = [
  [
    'many share it, one has it exclusively, and it is handed on in order',
    async (newLock) => {
      const lock = await newLock();
      expect([await lock.status(null), await lock.isInUse()]).toEqual([0, false]);
      await lock.shared(a);
      await lock.shared(b);
      expect([await lock.status(c), await lock.isOwned(c), await lock.isInUse()]).toEqual(['shared', true, true]);
      const log = logOf(lock);
      log('c', lock.exclusive(c));
      // Behind the writer that waits.
      log('d', lock.shared(d));
      await lock.release(a);
      expect(await log.now()).toEqual([]);
      await lock.release(b);
      expect(await log.now()).toEqual(['c']);
      expect([await lock.status(c), await lock.status(d), await lock.status(null)]).toEqual([
        'exclusive',
        'exclusive-other',
        'exclusive',
      ]);
      expect([await lock.isOwned(c), await lock.isOwned(d)]).toEqual([true, false]);
      await lock.release(c);
      expect(await log.now()).toEqual(['c', 'd']);
      await lock.release(d);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'who is treated as deadlocked shares it before a writer that waits',
    async (newLock) => {
      const lock = await newLock();
      await lock.shared(a);
      const log = logOf(lock);
      log('b', lock.exclusive(b));
      log('c', lock.shared(c, { deadlockTreat: true }));
      expect(await log.now()).toEqual(['c']);
      await lock.release(a);
      await lock.release(c);
      expect(await log.now()).toEqual(['c', 'b']);
      await lock.release(b);
    },
  ],

  [
    'recursion is allowed, or a bug',
    async (newLock) => {
      const lock = await newLock();
      await lock.exclusive(a);
      for (const ask of [lock.exclusive, lock.shared]) {
        expect(await rejection(ask.call(lock, a))).toMatchObject(PANIC);
        expect(await rejection(ask.call(lock, a, { noWait: true }))).toMatchObject({ code: 'EBUSY' });
        await ask.call(lock, a, { canRecurse: true });
      }
      // A shared request makes it exclusive once more.
      expect(await rejection(lock.downgrade(a))).toMatchObject(PANIC);
      await lock.release(a);
      await lock.release(a);
      expect(await lock.status(b)).toBe('exclusive-other');
      await lock.release(a);
      expect(await lock.status(b)).toBe(0);
    },
  ],

  [
    'nothing waits that must not',
    async (newLock) => {
      const lock = await newLock();
      expect(await lock.tryExclusive(a)).toBe(true);
      expect([await lock.tryShared(b), await lock.tryExclusive(b)]).toEqual([false, false]);
      for (const ask of [lock.exclusive, lock.shared]) {
        expect(await rejection(ask.call(lock, b, { noWait: true }))).toMatchObject({ code: 'EBUSY' });
      }
      await lock.downgrade(a);
      expect([await lock.tryShared(b), await lock.tryExclusive(c)]).toEqual([true, false]);
      // The share is lost with the upgrade.
      expect(await lock.tryUpgrade(b)).toBe(false);
      expect(await lock.tryUpgrade(a)).toBe(true);
      expect(await lock.tryExclusiveUpgrade(a)).toBe(true);
      await lock.release(a);
      await lock.shared(a);
      expect(await lock.tryExclusiveUpgrade(a)).toBe(true);
      await lock.release(a);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'one upgrades before all others, and a second loses its share',
    async (newLock) => {
      const lock = await newLock();
      for (const owner of [a, b, c]) await lock.shared(owner);
      const log = logOf(lock);
      log('d', lock.exclusive(d));
      log('a', lock.upgrade(a));
      expect(await rejection(lock.exclusiveUpgrade(b))).toMatchObject({ code: 'EBUSY' });
      log('c', lock.upgrade(c));
      expect(await log.now()).toEqual(['a']);
      await lock.release(a);
      expect(await log.now()).toEqual(['a', 'd']);
      await lock.release(d);
      expect(await log.now()).toEqual(['a', 'd', 'c']);
      await lock.release(c);
      expect(await rejection(lock.upgrade(c))).toMatchObject(PANIC);
    },
  ],

  [
    'a downgrade lets in all who wait to share, and no writer',
    async (newLock) => {
      const lock = await newLock();
      await lock.exclusive(a);
      const log = logOf(lock);
      log('d', lock.exclusive(d));
      log('b', lock.shared(b));
      log('c', lock.shared(c));
      expect(await rejection(lock.downgrade(b))).toMatchObject(PANIC);
      await lock.downgrade(a);
      expect(await log.now()).toEqual(['b', 'c']);
      for (const owner of [a, b, c]) await lock.release(owner);
      expect(await log.now()).toEqual(['b', 'c', 'd']);
      await lock.release(d);
    },
  ],

  [
    'to release what is free or another’s is a bug, and changes nothing',
    async (newLock) => {
      const lock = await newLock();
      expect(await rejection(lock.release(a))).toMatchObject(PANIC);
      await lock.exclusive(a);
      for (const wrong of [lock.release(b), lock.downgrade(b), lock.upgrade(b), lock.cancelBegin(b), lock.disown(b)]) {
        expect(await rejection(wrong)).toMatchObject(PANIC);
      }
      expect(await lock.status(a)).toBe('exclusive');
      await lock.release(a);
    },
  ],

  [
    'shares are released by any owner',
    async (newLock) => {
      const lock = await newLock();
      await lock.shared(a);
      await lock.shared(b);
      await lock.release(a);
      await lock.release(a);
      expect(await rejection(lock.release(a))).toMatchObject(PANIC);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'the holder cancels those who may be cancelled, and comes before noWait',
    async (newLock) => {
      const lock = await newLock();
      await lock.exclusive(a);
      const log = logOf(lock);
      log('b', lock.shared(b, { cancelable: true }));
      log('c', lock.exclusive(c, { cancelable: true }));
      log('d', lock.exclusive(d));
      await lock.cancelBegin(a);
      expect(await log.now()).toEqual(['b: ENOLCK', 'c: ENOLCK']);
      expect(await rejection(lock.cancelBegin(a))).toMatchObject(PANIC);
      expect(await rejection(lock.tryShared(b, { cancelable: true }))).toMatchObject({ code: 'ENOLCK' });
      expect(await lock.tryShared(b)).toBe(false);
      await lock.cancelEnd(a);
      expect(await lock.tryShared(b, { cancelable: true })).toBe(false);
      await lock.cancelBegin(a);
      // The last release ends it, and hands the lock on.
      await lock.release(a);
      expect(await lock.tryShared(b, { cancelable: true })).toBe(false);
      await lock.release(d);
      expect(await log.now()).toEqual(['b: ENOLCK', 'c: ENOLCK', 'd']);
    },
  ],

  [
    'with sleepFail a request that had to wait has failed when its turn comes',
    async (newLock) => {
      const lock = await newLock();
      await lock.exclusive(a, { sleepFail: true });
      const log = logOf(lock);
      log('b', lock.exclusive(b, { sleepFail: true }));
      log('c', lock.exclusive(c));
      await lock.release(a);
      expect(await log.now()).toEqual(['b: ENOLCK', 'c']);
      await lock.release(c);
    },
  ],

  [
    'a time limit ends a wait, and what was behind it goes on',
    async (newLock) => {
      const lock = await newLock();
      await lock.shared(a);
      const limited = lock.exclusive(b, { timeLimitMs: 5 });
      const behind = lock.shared(c);
      expect(await rejection(limited)).toMatchObject({ code: 'EWOULDBLOCK' });
      await behind;
      expect(await rejection(lock.upgrade(a, { timeLimitMs: 5 }))).toMatchObject({ code: 'EWOULDBLOCK' });
      // Its share is lost.
      await lock.upgrade(c);
      await lock.release(c);
      for (const timeLimitMs of [-1, Number.NaN]) {
        expect(await rejection(lock.shared(a, { timeLimitMs }))).toMatchObject({ code: 'EINVAL' });
      }
    },
  ],

  [
    'a signal ends a wait, and what was behind it goes on',
    async (newLock) => {
      const lock = await newLock();
      await lock.shared(a);
      const first = new AbortController();
      const interrupted = lock.exclusive(b, { signal: first.signal });
      const behind = lock.shared(c);
      await lock.status(null);
      first.abort('enough');
      expect(await rejection(interrupted)).toMatchObject({ code: 'EINTR', cause: 'enough' });
      await behind;
      const { signal } = first;
      expect(await rejection(lock.exclusive(b, { signal, restarts: (why) => why === 'enough' }))).toMatchObject({
        code: 'ERESTART',
        cause: 'enough',
      });
      // It did not have to wait.
      await lock.shared(d, { signal });
      for (const owner of [a, c, d]) await lock.release(owner);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'what is disowned anybody releases',
    async (newLock) => {
      const lock = await newLock();
      await lock.exclusive(a);
      await lock.disown(a);
      expect([await lock.status(a), await lock.isOwned(a)]).toEqual(['exclusive-other', false]);
      await lock.release(b);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'a hold is let go of for a sleep, one level of it, and taken again whatever the lock’s options say',
    async (newLock) => {
      const lock = await newLock({ noWait: true, timeLimitMs: 1 });
      await lock.exclusive(a);
      const held = lock.heldBy(a);
      await held.release();
      expect(await lock.tryExclusive(b)).toBe(true);
      const log = logOf(lock);
      log('a', Promise.resolve(held.reacquire()));
      expect(await log.now()).toEqual([]);
      await lock.release(b);
      expect(await log.now()).toEqual(['a']);
      await lock.exclusive(a, { canRecurse: true });
      await held.release();
      expect(await lock.status(a)).toBe('exclusive');
      await held.reacquire();
      await lock.release(a);
      await lock.release(a);
      expect(await lock.status(null)).toBe(0);
    },
  ],

  [
    'options fixed with the lock count for every request',
    async (newLock) => {
      const lock = await newLock({ noWait: true, canRecurse: true });
      await lock.exclusive(a);
      await lock.exclusive(a);
      expect(await rejection(lock.shared(b))).toMatchObject({ code: 'EBUSY' });
    },
  ],
];

const PANIC = { name: 'InvariantError', code: 'EMSGSTATE' };

/** What has become of requests, in order. */
function logOf(lock: AnyLock): { (name: string, request: Promise<unknown>): void; now(): Promise<string[]> } {
  const lines: string[] = [];
  const log = (name: string, request: Promise<unknown>): void => {
    request.then(
      () => lines.push(name),
      (error: { code: string }) => lines.push(`${name}: ${error.code}`),
    );
  };
  return Object.assign(log, {
    async now() {
      // Whatever another process has answered comes before this answer; what was granted here takes a turn of the loop.
      await lock.status(null);
      await new Promise(setImmediate);
      return [...lines];
    },
  });
}
