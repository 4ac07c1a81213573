import { IpcError } from 'easync';
import { Lockmgr, Owner } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import type { LockStage } from '../lock-stage.ts';
import { section } from '../rules.ts';

export const errors = section<LockStage>('§3.3 errors', (rule) => {
  rule('SLEEPFAIL: ENOLCK when its turn comes, and it holds nothing', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'a exclusive sleepFail');
    expect(await play.now('a')).toBe('a waits');
    await play.run('h release');
    expect([await play.now('a'), await play.status(null)]).toEqual(['a ENOLCK', 0]);
  });

  rule('SLEEPFAIL: what it was granted is handed straight on', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'a exclusive sleepFail', 'b exclusive', 'h release');
    expect(await play.now('a', 'b')).toBe('a ENOLCK, b ok');
  });

  rule('SLEEPFAIL without a sleep is no failure (§3.5 d)', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive sleepFail')).toBe('ok');
    await play.run('a release');
    expect(await play.run('a shared sleepFail', 'b shared sleepFail')).toBe('ok');
  });

  rule('SLEEPFAIL of SHARED behind an exclusive holder (§3.5 b)', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'a shared sleepFail', 'b shared', 'h release');
    expect(await play.now('a', 'b')).toBe('a ENOLCK, b ok');
    await play.run('b release');
    expect(await play.status(null)).toBe(0);
  });

  rule('SLEEPFAIL of SHARED behind a pending writer', async (stage) => {
    const play = await stage.play();
    await play.run('h shared', 'w exclusive', 'a shared sleepFail', 'h release', 'w release');
    expect([await play.now('a'), await play.status(null)]).toEqual(['a ENOLCK', 0]);
  });

  rule('SLEEPFAIL of an upgrade: ENOLCK, and the share is lost', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade sleepFail', 'b release');
    expect([await play.now('a'), await play.status(null)]).toEqual(['a ENOLCK', 0]);
  });

  rule('SLEEPFAIL fixed at lockinit', async (stage) => {
    const play = await stage.play({ sleepFail: true });
    await play.run('h exclusive', 'a exclusive', 'h release');
    expect(await play.now('a')).toBe('a ENOLCK');
  });

  rule('PCATCH: EINTR when its signal comes while it waits', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('h exclusive');
    expect(await play.ask('a exclusive', { signal: signal.signal })).toBe('waits');
    signal.abort();
    expect(await play.now('a')).toBe('a EINTR');
    await play.run('h release');
    expect(await play.status(null)).toBe(0);
  });

  rule('PCATCH: ERESTART for a signal that restarts', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('h exclusive');
    await play.ask('a exclusive', { signal: signal.signal, restarts: () => true });
    signal.abort();
    expect(await play.now('a')).toBe('a ERESTART');
  });

  rule('PCATCH: a pending signal does not matter to who need not wait', async (stage) => {
    const play = await stage.play();
    expect(await play.ask('a exclusive', { signal: AbortSignal.abort() })).toBe('ok');
  });

  rule('PCATCH: a pending signal, and it would wait: EINTR, nothing left in the queue', async (stage) => {
    const play = await stage.play();
    await play.run('h shared');
    expect(await play.ask('a exclusive', { signal: AbortSignal.abort() })).toBe('EINTR');
    expect(await play.run('b shared')).toBe('ok');
  });

  rule('PCATCH: an upgrade that is interrupted has lost its share', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('a shared', 'b shared');
    await play.ask('a upgrade', { signal: signal.signal });
    signal.abort();
    expect(await play.now('a')).toBe('a EINTR');
    expect(await play.run('b upgrade noWait')).toBe('ok');
  });

  rule('try: false is EBUSY, and true is the lock', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a tryExclusive')).toBe('true');
    expect(await play.run('b tryExclusive')).toBe('false');
    expect(await play.run('b tryShared')).toBe('false');
    await play.run('a release');
    expect(await play.run('b tryShared', 'a tryShared')).toBe('true');
    expect(await play.run('b tryUpgrade')).toBe('false');
    expect(await play.run('a tryExclusiveUpgrade')).toBe('true');
  });
});

export const timed = section<LockStage>('§3.3 TIMELOCK', (rule) => {
  rule('EWOULDBLOCK once its time is over, for every kind of request', async (stage) => {
    for (const [before, step] of [
      ['h exclusive', 'a exclusive'],
      ['h exclusive', 'a shared'],
      ['h shared', 'a exclusive'],
    ] as const) {
      const play = await stage.play();
      await play.run(before);
      expect(await play.ask(step, { timeLimitMs: 10 })).toBe('waits');
      stage.clock.pass(10);
      expect(await play.now('a')).toBe('a EWOULDBLOCK');
      await play.run('h release');
      expect(await play.status(null)).toBe(0);
    }
  });

  rule('EWOULDBLOCK of an upgrade: the share is lost', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared');
    await play.ask('a upgrade', { timeLimitMs: 10 });
    stage.clock.pass(10);
    expect(await play.now('a')).toBe('a EWOULDBLOCK');
    expect(await play.run('b upgrade noWait')).toBe('ok');
  });

  rule('with SLEEPFAIL it still is EWOULDBLOCK, for every kind (§3.5 c)', async (stage) => {
    for (const step of ['a exclusive sleepFail', 'a shared sleepFail']) {
      const play = await stage.play();
      await play.run('h exclusive');
      await play.ask(step, { timeLimitMs: 10 });
      stage.clock.pass(10);
      expect(await play.now('a')).toBe('a EWOULDBLOCK');
    }
  });

  rule('fixed at lockinit', async (stage) => {
    const play = await stage.play({ timeLimitMs: 5 });
    await play.run('h exclusive', 'a exclusive');
    stage.clock.pass(5);
    expect(await play.now('a')).toBe('a EWOULDBLOCK');
  });

  rule('0 is no limit', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive');
    await play.ask('a exclusive', { timeLimitMs: 0 });
    stage.clock.pass(2 ** 40);
    expect(await play.now('a')).toBe('a waits');
  });

  rule('racing a grant of EXCLUSIVE: 0, and it holds, if the grant was first', async (stage) => {
    const { lock, holder, other } = raced(stage);
    const waiting = lock.exclusive(other, { timeLimitMs: 10 });
    lock.release(holder);
    stage.clock.pass(10);
    await waiting;
    expect(lock.status(other)).toBe('exclusive');
  });

  rule('racing a grant of UPGRADE: 0, and it holds, if the grant was first', async (stage) => {
    const { lock, holder, other } = raced(stage);
    lock.downgrade(holder);
    lock.tryShared(other);
    const waiting = lock.upgrade(other, { timeLimitMs: 10 });
    lock.release(holder);
    stage.clock.pass(10);
    await waiting;
    expect(lock.status(other)).toBe('exclusive');
  });

  rule('racing a grant of SHARED: the error, and the grant goes back', async (stage) => {
    const { lock, holder, other } = raced(stage);
    const waiting = lock.shared(other, { timeLimitMs: 10 });
    lock.release(holder);
    stage.clock.pass(10);
    expect(await rejection(waiting)).toMatchObject({ code: 'EWOULDBLOCK' });
    expect(lock.isInUse).toBe(false);
  });

  rule('the same for a signal that races a grant', async (stage) => {
    const signal = new AbortController();
    const { lock, holder, other } = raced(stage);
    const third = new Owner('third');
    const sharing = lock.shared(third, { signal: signal.signal });
    lock.release(holder);
    const writing = lock.exclusive(other, { signal: signal.signal });
    signal.abort();
    expect(await rejection(sharing)).toMatchObject({ code: 'EINTR' });
    // The share went back, and that was the grant of the other: too late to be interrupted, or interrupted before it.
    const outcome = await Promise.resolve(writing).then(
      () => 0,
      (error: unknown) => (error instanceof IpcError ? error.code : error),
    );
    expect([0, 'EINTR']).toContain(outcome);
    expect(lock.status(null)).toBe(outcome === 0 ? 'exclusive' : 0);
  });

  rule('cancel against timeout: whoever was first', async (stage) => {
    for (const isCancelFirst of [true, false]) {
      const { lock, holder, other } = raced(stage);
      const waiting = lock.exclusive(other, { timeLimitMs: 10, cancelable: true });
      if (!isCancelFirst) stage.clock.pass(10);
      lock.cancelBegin(holder);
      expect(await rejection(waiting)).toMatchObject({ code: isCancelFirst ? 'ENOLCK' : 'EWOULDBLOCK' });
      lock.release(holder);
      expect(lock.isInUse).toBe(false);
    }
  });
});

function raced(stage: LockStage): { lock: Lockmgr; holder: Owner; other: Owner } {
  const [lock, holder] = [new Lockmgr({ host: stage.clock }), new Owner('holder')];
  lock.tryExclusive(holder);
  return { lock, holder, other: new Owner('other') };
}
