import { expect } from 'vitest';
import type { LockStage } from '../lock-stage.ts';
import { section } from '../rules.ts';

export const shared = section<LockStage>('§3.2 SHARED', (rule) => {
  rule('of a free lock: granted', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a shared')).toBe('ok');
    expect(await play.status('a')).toBe('shared');
  });

  rule('of a shared lock: granted, and one may have it several times', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a shared', 'b shared', 'a shared')).toBe('ok');
    await play.run('a release', 'a release');
    expect(await play.status(null)).toBe('shared');
    await play.run('b release');
    expect(await play.status(null)).toBe(0);
  });

  rule('while an exclusive request is pending: waits, also who shares it already', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b exclusive');
    expect(await play.run('c shared')).toBe('waits');
    expect(await play.run('a shared')).toBe('waits');
  });

  rule('while an exclusive request is pending, NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a shared', 'b exclusive', 'c shared noWait')).toBe('EBUSY');
  });

  rule('while an upgrade is pending: waits; NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade');
    expect(await play.run('c shared noWait')).toBe('EBUSY');
    expect(await play.run('c shared')).toBe('waits');
  });

  rule('deadlock-treat: granted though an exclusive request is pending', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b exclusive');
    expect(await play.run('a shared deadlockTreat')).toBe('ok');
  });

  rule('deadlock-treat: granted though an upgrade is pending', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade');
    expect(await play.run('c shared deadlockTreat')).toBe('ok');
    expect(await play.run('b release')).toBe('ok');
    expect(await play.now('a')).toBe('a waits');
    await play.run('c release');
    expect(await play.now('a')).toBe('a ok');
  });

  rule('deadlock-treat: waits for an exclusive holder as any other', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'b shared deadlockTreat')).toBe('waits');
  });

  rule('while another has it exclusively: waits; NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'b shared noWait')).toBe('EBUSY');
    expect(await play.run('b shared')).toBe('waits');
  });

  rule('by the exclusive holder: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a shared')).toBe('panic');
    expect(await play.status('a')).toBe('exclusive');
  });

  rule('by the exclusive holder, NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a shared noWait')).toBe('EBUSY');
  });

  rule('by the exclusive holder, CANRECURSE: once more, and it stays exclusive', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a shared canRecurse')).toBe('ok');
    expect(await play.status('a')).toBe('exclusive');
    await play.run('a release');
    expect([await play.status('a'), await play.run('b shared noWait')]).toEqual(['exclusive', 'EBUSY']);
    await play.run('a release');
    expect(await play.status('a')).toBe(0);
  });

  rule('by the exclusive holder, CANRECURSE and NOWAIT: once more', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a shared canRecurse noWait')).toBe('ok');
  });
});

export const exclusive = section<LockStage>('§3.2 EXCLUSIVE', (rule) => {
  rule('of a free lock: granted', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive')).toBe('ok');
    expect([await play.status('a'), await play.status('b')]).toEqual(['exclusive', 'exclusive-other']);
  });

  rule('by the holder: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a exclusive')).toBe('panic');
  });

  rule('by the holder, NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a exclusive noWait')).toBe('EBUSY');
  });

  rule('by the holder, CANRECURSE: once more, and as many releases', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive', 'a exclusive canRecurse', 'a exclusive canRecurse');
    await play.run('a release', 'a release');
    expect(await play.status('a')).toBe('exclusive');
    await play.run('a release');
    expect(await play.status(null)).toBe(0);
  });

  rule('fixed at lockinit, CANRECURSE holds for every request', async (stage) => {
    const play = await stage.play({ canRecurse: true });
    expect(await play.run('a exclusive', 'a exclusive')).toBe('ok');
  });

  rule('fixed at lockinit, NOWAIT holds for every request', async (stage) => {
    const play = await stage.play({ noWait: true });
    expect(await play.run('a exclusive', 'b exclusive')).toBe('EBUSY');
  });

  rule('while another has it: waits; NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'b exclusive noWait')).toBe('EBUSY');
    expect(await play.run('b exclusive')).toBe('waits');
    await play.run('a release');
    expect(await play.now('b')).toBe('b ok');
  });

  rule('while others share it: waits; NOWAIT: EBUSY', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a shared', 'b exclusive noWait')).toBe('EBUSY');
    expect(await play.run('b exclusive')).toBe('waits');
  });

  rule('one’s own share is not tracked: who shares it waits for itself', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a shared', 'a exclusive noWait')).toBe('EBUSY');
    expect(await play.run('a exclusive')).toBe('waits');
  });
});

export const upgrades = section<LockStage>('§3.2 UPGRADE and EXCLUPGRADE', (rule) => {
  for (const upgrade of ['upgrade', 'exclusiveUpgrade']) {
    rule(`${upgrade} of the only share: at once`, async (stage) => {
      const play = await stage.play();
      expect(await play.run('a shared', `a ${upgrade}`)).toBe('ok');
      expect(await play.status('a')).toBe('exclusive');
    });

    rule(`${upgrade} of the only share: even ahead of a pending exclusive request`, async (stage) => {
      const play = await stage.play();
      await play.run('a shared', 'b exclusive');
      expect(await play.run(`a ${upgrade} noWait`)).toBe('ok');
      expect(await play.now('b')).toBe('b waits');
    });

    rule(`${upgrade} with other shares: waits without its own until they have gone`, async (stage) => {
      const play = await stage.play();
      await play.run('a shared', 'b shared', 'c shared');
      expect(await play.run(`a ${upgrade}`)).toBe('waits');
      await play.run('b release');
      expect(await play.now('a')).toBe('a waits');
      await play.run('c release');
      expect([await play.now('a'), await play.status('a')]).toEqual(['a ok', 'exclusive']);
    });

    rule(`${upgrade} with other shares, NOWAIT: EBUSY, and the share is lost`, async (stage) => {
      const play = await stage.play();
      expect(await play.run('a shared', 'b shared', `a ${upgrade} noWait`)).toBe('EBUSY');
      expect(await play.run('b upgrade noWait')).toBe('ok');
    });

    rule(`${upgrade} by the exclusive holder: nothing, and 0`, async (stage) => {
      const play = await stage.play();
      expect(await play.run('a exclusive', `a ${upgrade}`)).toBe('ok');
      await play.run('a release');
      expect(await play.status(null)).toBe(0);
    });

    rule(`${upgrade} of a free lock: a panic`, async (stage) => {
      const play = await stage.play();
      expect(await play.run(`a ${upgrade}`)).toBe('panic');
    });

    rule(`${upgrade} of a lock that another has exclusively: a panic`, async (stage) => {
      const play = await stage.play();
      expect(await play.run('b exclusive', `a ${upgrade}`)).toBe('panic');
      expect(await play.status('b')).toBe('exclusive');
    });
  }

  rule('upgrade while another upgrades: share lost, waits as any writer', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade');
    expect(await play.run('b upgrade')).toBe('waits');
    expect(await play.now('a', 'b')).toBe('a ok, b waits');
    await play.run('a release');
    expect([await play.now('b'), await play.status('b')]).toEqual(['b ok', 'exclusive']);
  });

  rule('upgrade while another upgrades, NOWAIT: EBUSY, and its share, the last, lets the other in', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a upgrade');
    expect(await play.run('b upgrade noWait')).toBe('EBUSY');
    expect(await play.now('a')).toBe('a ok');
  });

  rule('exclusiveUpgrade while another upgrades: EBUSY, share lost', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'c shared', 'a upgrade');
    expect(await play.run('b exclusiveUpgrade')).toBe('EBUSY');
    expect(await play.now('a')).toBe('a waits');
    await play.run('c release');
    expect(await play.now('a')).toBe('a ok');
  });

  rule('an upgrade that waits cannot deadlock with another: of two one gets it', async (stage) => {
    const play = await stage.play();
    await play.run('a shared', 'b shared', 'a exclusiveUpgrade', 'b exclusiveUpgrade');
    expect(await play.now('a', 'b')).toBe('a ok, b EBUSY');
  });
});

export const downgrade = section<LockStage>('§3.2 DOWNGRADE', (rule) => {
  rule('of an exclusive lock: shared, and all parked shared requests are granted', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive', 'b shared', 'c shared');
    expect(await play.run('a downgrade')).toBe('ok');
    expect([await play.now('b', 'c'), await play.status('a')]).toEqual(['b ok, c ok', 'shared']);
    await play.run('b release', 'c release');
    expect(await play.status(null)).toBe('shared');
    await play.run('a release');
    expect(await play.status(null)).toBe(0);
  });

  rule('ignores a pending writer, which gets it after the sharers', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive', 'w exclusive', 'b shared', 'a downgrade');
    expect(await play.now('w', 'b')).toBe('w waits, b ok');
    expect(await play.run('c shared')).toBe('waits');
    await play.run('a release', 'b release');
    expect(await play.now('w', 'c')).toBe('w ok, c waits');
  });

  rule('of a recursed lock: a panic, and nothing has changed', async (stage) => {
    const play = await stage.play({ canRecurse: true });
    expect(await play.run('a exclusive', 'a exclusive', 'a downgrade')).toBe('panic');
    await play.run('a release');
    expect(await play.status('a')).toBe('exclusive');
  });

  rule('of a lock that another has, that is shared, or free: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a downgrade')).toBe('panic');
    expect(await play.run('a shared', 'a downgrade')).toBe('panic');
    expect(await play.run('a release', 'b exclusive', 'a downgrade')).toBe('panic');
  });

  rule('and upgrade again: back and forth', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a downgrade', 'a upgrade', 'a downgrade', 'a release')).toBe('ok');
    expect(await play.status(null)).toBe(0);
  });
});

export const release = section<LockStage>('§3.2 RELEASE', (rule) => {
  rule('of a free lock: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a release')).toBe('panic');
    expect(await play.run('a exclusive', 'a release', 'a release')).toBe('panic');
  });

  rule('of a lock that another has exclusively: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'b release')).toBe('panic');
    expect(await play.status('a')).toBe('exclusive');
  });

  rule('of a disowned lock (KERNTHREAD): anybody’s, and nobody else’s before', async (stage) => {
    const play = await stage.play();
    await play.run('a exclusive', 'a disown', 'c exclusive');
    expect([await play.status('a'), await play.isOwned('a')]).toEqual(['exclusive-other', false]);
    expect(await play.run('b release')).toBe('ok');
    expect(await play.now('c')).toBe('c ok');
  });

  rule('of a disowned lock: who disowned it waits as any other', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a exclusive', 'a disown', 'a exclusive')).toBe('waits');
    await play.run('b release');
    expect(await play.now('a')).toBe('a ok');
  });

  rule('of a disowned lock that was recursed: as often as it was had', async (stage) => {
    const play = await stage.play({ canRecurse: true });
    await play.run('a exclusive', 'a exclusive', 'a disown', 'b release');
    expect(await play.status(null)).toBe('exclusive');
    await play.run('c release');
    expect(await play.status(null)).toBe(0);
  });

  rule('disowning what one has not exclusively: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a disown')).toBe('panic');
    expect(await play.run('a shared', 'a disown')).toBe('panic');
    expect(await play.run('a release', 'b exclusive', 'a disown')).toBe('panic');
  });
});

export const cancel = section<LockStage>('§3.2 CANCEL_BEG and CANCEL_END', (rule) => {
  rule('fails all who wait and may be cancelled, whatever they wait for (§3.5 a)', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'a shared cancelable', 'b exclusive cancelable', 'c exclusive cancelable');
    await play.run('d exclusive', 'e shared');
    expect(await play.run('h cancelBegin')).toBe('ok');
    expect(await play.now('a', 'b', 'c', 'd', 'e')).toBe('a ENOLCK, b ENOLCK, c ENOLCK, d waits, e waits');
  });

  rule('while it is on whoever would wait and may be cancelled: ENOLCK at once', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'h cancelBegin');
    expect(await play.run('a shared cancelable')).toBe('ENOLCK');
    expect(await play.run('a exclusive cancelable')).toBe('ENOLCK');
    expect(await play.run('a exclusive')).toBe('waits');
  });

  rule('CANCELABLE fixed at lockinit', async (stage) => {
    const play = await stage.play({ cancelable: true });
    await play.run('h exclusive', 'a exclusive', 'h cancelBegin');
    expect(await play.now('a')).toBe('a ENOLCK');
  });

  rule('is tested before NOWAIT: ENOLCK, and not EBUSY (§3.3)', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'h cancelBegin');
    expect(await play.run('a exclusive cancelable noWait')).toBe('ENOLCK');
    expect(await play.run('a shared cancelable noWait')).toBe('ENOLCK');
    expect(await play.run('a exclusive noWait')).toBe('EBUSY');
  });

  rule('CANCEL_END: requests wait again, and the lock is kept', async (stage) => {
    const play = await stage.play();
    expect(await play.run('h exclusive', 'h cancelBegin', 'h cancelEnd')).toBe('ok');
    expect(await play.status('h')).toBe('exclusive');
    expect(await play.run('a exclusive cancelable')).toBe('waits');
  });

  rule('the last release ends it', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'h cancelBegin', 'h release', 'h exclusive');
    expect(await play.run('a exclusive cancelable')).toBe('waits');
  });

  rule('the last release ends it also at a hand-off (§3.5 g)', async (stage) => {
    const play = await stage.play();
    await play.run('h exclusive', 'n exclusive', 'h cancelBegin', 'h release');
    expect(await play.now('n')).toBe('n ok');
    expect(await play.run('a exclusive cancelable')).toBe('waits');
  });

  rule('a release that is not the last does not end it', async (stage) => {
    const play = await stage.play({ canRecurse: true });
    await play.run('h exclusive', 'h exclusive', 'h cancelBegin', 'h release');
    expect(await play.run('a exclusive cancelable')).toBe('ENOLCK');
  });

  rule('does not nest: a panic', async (stage) => {
    const play = await stage.play();
    expect(await play.run('h exclusive', 'h cancelBegin', 'h cancelBegin')).toBe('panic');
  });

  rule('is the exclusive holder’s (§3.5 e): a panic of a sharer, of another, of nobody', async (stage) => {
    const play = await stage.play();
    expect(await play.run('a cancelBegin')).toBe('panic');
    expect(await play.run('a shared', 'a cancelBegin')).toBe('panic');
    expect(await play.run('a release', 'h exclusive', 'a cancelBegin')).toBe('panic');
  });

  rule('an upgrade that waits is cancelled, too', async (stage) => {
    const play = await stage.play();
    // Only an exclusive holder cancels, so the one who waits must be an upgrade that has become a writer.
    await play.run('a shared', 'b shared', 'a upgrade', 'b upgrade cancelable', 'a cancelBegin');
    expect(await play.now('a', 'b')).toBe('a ok, b ENOLCK');
  });
});
