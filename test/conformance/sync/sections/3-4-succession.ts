import { Lockmgr, Owner } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import type { LockStage } from '../lock-stage.ts';
import { section } from '../rules.ts';

export const succession = section<LockStage>('§3.4 succession and fairness', (rule) => {
  rule('the last share goes: the upgrade before the exclusive request', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'w exclusive', 'a upgrade', 'b release');
    expect(await play.now('a', 'w')).toBe('a ok, w waits');
    await play.run('a release');
    expect(await play.now('w')).toBe('w ok');
  });

  rule('the last share goes: the exclusive request before parked shared requests', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'w exclusive', 'b shared', 'a release');
    expect(await play.now('w', 'b')).toBe('w ok, b waits');
  });

  rule('a share that is not the last lets nobody in', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'w exclusive', 'a release');
    expect(await play.now('w')).toBe('w waits');
  });

  rule('the last exclusive release: all parked shared requests together, before writers', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'w exclusive', 'a shared', 'v exclusive', 'b shared', 'h release');
    expect(await play.now('w', 'a', 'v', 'b')).toBe('w waits, a ok, v waits, b ok');
  });

  rule('the last exclusive release with writers alone: one of them', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'w exclusive', 'v exclusive', 'h release');
    const now = await play.now('w', 'v');
    expect(['w ok, v waits', 'w waits, v ok']).toContain(now);
  });

  rule('readers that were let in after a writer keep out later ones: a writer comes next', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'w exclusive', 'a shared', 'h release');
    expect(await play.run('late shared')).toBe('waits');
    await play.run('a release');
    expect(await play.now('w', 'late')).toBe('w ok, late waits');
    await play.run('w release');
    expect(await play.now('late')).toBe('late ok');
  });

  rule('phases alternate: neither readers nor writers starve', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'r1 shared', 'w1 exclusive', 'r2 shared', 'w2 exclusive');
    const phases: string[] = [];
    for (let holders = ['h']; phases.length < 8;) {
      const letGo = holders;
      for (const name of letGo) await play.run(`${name} release`);
      holders = [];
      for (const name of ['r1', 'r2', 'w1', 'w2']) {
        if ((await play.now(name)) === `${name} ok` && !letGo.includes(name)) holders.push(name);
      }
      phases.push(holders.map(([kind = '']) => kind).join(''));
      // Everybody who had it wants it again at once, readers and writers alike.
      for (const name of letGo.filter((one) => one !== 'h')) {
        await play.run(`${name} ${name.startsWith('r') ? 'shared' : 'exclusive'}`);
      }
    }
    expect(phases).toEqual(['rr', 'w', 'rr', 'w', 'rr', 'w', 'rr', 'w']);
  });

  rule('hand-off is direct: nobody who asks after the release gets in between', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'w exclusive', 'h release');
    expect(await play.run('x tryExclusive')).toBe('false');
    expect(await play.now('w')).toBe('w ok');
  });

  rule('a withdrawn exclusive request lets go those parked behind it', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('a shared');
    await play.ask('w exclusive', { signal: signal.signal });
    await play.run('b shared', 'c shared');
    signal.abort();
    expect(await play.now('w', 'b', 'c')).toBe('w EINTR, b ok, c ok');
  });

  rule(
    'a withdrawn exclusive request with another writer behind: those parked go on waiting for that',
    async (stage) => {
      const play = await stage.play();
      const signal = new AbortController();
      await play.run('a shared');
      await play.ask('w exclusive', { signal: signal.signal });
      await play.run('v exclusive', 'b shared');
      signal.abort();
      expect(await play.now('w', 'v', 'b')).toBe('w EINTR, v waits, b waits');
      await play.run('a release');
      expect(await play.now('v', 'b')).toBe('v ok, b waits');
    },
  );

  rule('a withdrawn upgrade lets go those parked behind it', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('a shared', 'b shared');
    await play.ask('a upgrade', { signal: signal.signal });
    await play.run('c shared');
    signal.abort();
    expect(await play.now('a', 'c')).toBe('a EINTR, c ok');
  });

  rule('a withdrawn upgrade leaves the slot to the next upgrade', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('a shared', 'b shared', 'c shared');
    await play.ask('a upgrade', { signal: signal.signal });
    signal.abort();
    await play.now('a');
    expect(await play.run('b exclusiveUpgrade')).toBe('waits');
    await play.run('c release');
    expect(await play.now('b')).toBe('b ok');
  });

  rule('a reader that gives up is not granted at the hand-off', async (stage) => {
    const play = await stage.play();
    const signal = new AbortController();
    await play.run('h exclusive');
    await play.ask('a shared', { signal: signal.signal });
    await play.run('w exclusive');
    signal.abort();
    await play.now('a');
    await play.run('h release');
    expect(await play.now('a', 'w')).toBe('a EINTR, w ok');
  });

  rule('after a plain UPGRADE that had to queue somebody may have written in between', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade', 'b upgrade');
    expect(await play.now('a', 'b')).toBe('a ok, b waits');
    await play.run('a release');
    expect(await play.now('b')).toBe('b ok');
  });
});

export const localSuccession = section<LockStage>('§3.4 and §3.8, in place', (rule) => {
  rule('what can complete completes in place: no promise, and nobody runs in between', async () => {
    const [lock, owner] = [new Lockmgr(), new Owner()];
    expect(lock.exclusive(owner)).not.toBeInstanceOf(Promise);
    lock.downgrade(owner);
    expect(lock.upgrade(owner)).not.toBeInstanceOf(Promise);
    lock.release(owner);
    expect(lock.shared(owner)).not.toBeInstanceOf(Promise);
  });

  rule('a grant is there the moment of the release, before whoever waits runs', async () => {
    const [lock, holder, next] = [new Lockmgr(), new Owner(), new Owner()];
    lock.tryExclusive(holder);
    const waiting = lock.exclusive(next);
    lock.release(holder);
    expect(lock.status(next)).toBe('exclusive');
    await waiting;
  });

  rule('a grant that a request gives up afterwards is passed on', async (stage) => {
    const [lock, holder, first] = [new Lockmgr({ host: stage.clock }), new Owner(), new Owner()];
    const second = new Owner();
    lock.tryExclusive(holder);
    const sharing = lock.shared(first, { timeLimitMs: 10 });
    const writing = lock.exclusive(second);
    lock.release(holder);
    expect(lock.status(first)).toBe('shared');
    stage.clock.pass(10);
    expect(await rejection(sharing)).toMatchObject({ code: 'EWOULDBLOCK' });
    await writing;
    expect(lock.status(second)).toBe('exclusive');
  });

  rule('a try has no suspension point: what others were to run has not run when it answers', async () => {
    const [lock, holder, other] = [new Lockmgr(), new Owner(), new Owner()];
    const ran: string[] = [];
    queueMicrotask(() => ran.push('somebody else'));
    process.nextTick(() => ran.push('somebody else'));
    expect([lock.tryExclusive(holder), lock.tryExclusive(other), lock.tryShared(other)]).toEqual([true, false, false]);
    lock.downgrade(holder);
    expect([lock.tryShared(other), lock.tryUpgrade(holder), lock.tryExclusiveUpgrade(other)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(ran).toEqual([]);
  });

  rule('owners are explicit: two of one flow are two', async () => {
    const [lock, one, other] = [new Lockmgr(), new Owner(), new Owner()];
    expect([lock.tryExclusive(one), lock.tryExclusive(other)]).toEqual([true, false]);
  });
});

export const status = section<LockStage>('§3.6 status', (rule) => {
  rule('exclusive: to the holder and to null; to others EXCLOTHER', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive');
    expect([await play.status('a'), await play.status(null), await play.status('b')]).toEqual([
      'exclusive',
      'exclusive',
      'exclusive-other',
    ]);
  });

  rule('shared: to everybody', async (stage) => {
    const play = await stage.play();
    await play.run('a shared');
    expect([await play.status('a'), await play.status(null), await play.status('b')]).toEqual([
      'shared',
      'shared',
      'shared',
    ]);
  });

  rule('0: nobody has it', async (stage) => {
    const play = await stage.play();
    expect([await play.status('a'), await play.status(null)]).toEqual([0, 0]);
  });

  rule('pending requests do not count', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade', 'w exclusive');
    expect([await play.status('a'), await play.status('w')]).toEqual(['shared', 'shared']);
  });

  rule('lockowned: exact for exclusive', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive');
    expect([await play.isOwned('a'), await play.isOwned('b')]).toEqual([true, false]);
  });

  rule('lockowned: of a shared lock only that somebody has it', async (stage) => {
    const play = await stage.play();
    expect(await play.isOwned('a')).toBe(false);
    await play.run('a shared');
    expect([await play.isOwned('a'), await play.isOwned('b')]).toEqual([true, true]);
  });
});
