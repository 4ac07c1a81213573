import { expect } from 'vitest';
import { Attempt, codeOf } from '../attempt.ts';
import type { ByHand } from '../by-hand.ts';
import { asked, type Kernel, SIZE } from '../kernel.ts';
import { theme } from '../rules.ts';

export const robust = theme('robust futexes: EOWNERDEAD, consistent, ENOTRECOVERABLE', (rule) => {
  rule('an owner that dies while others wait: the first of them is told, and has it', async (stage) => {
    await using object = await stage.byHand();
    const guest = await stage.west.guest();
    const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
    await asked([guest]);
    await object.seat.settle();
    object.seat.grant(1);
    await theirs.settled;
    const [first, second] = await object.queue(2, 0);
    await guest.dispose();
    expect(await first.settled).toBe('has it, owner died');
    await object.seat.settle();
    expect([second.outcome, await object.seat.heard()]).toEqual(['waits', ['lock']]);
    first.guard.consistent();
    await first.guard.unlock();
    // Repaired once, it is repaired.
    expect(await second.settled).toBe('has it');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('while nobody waits: the mark stays with the retained futex, also for who only tries', async (stage) => {
    await using object = await stage.byHand();
    await die(stage.west, object);
    await object.seat.heard();
    const tried = Attempt.try(object.region(1).futex(0));
    expect(await tried.settled).toBe('has it, owner died');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('and travels with it where it is recalled', async (stage) => {
    await using object = await stage.byHand();
    await die(stage.west, object);
    await object.seat.heard();
    object.seat.recall(1);
    expect(await object.seat.heard()).toEqual(['released by 1: ownerDied']);
    const next = object.lock(0);
    expect(await object.seat.heard()).toEqual(['lock']);
    object.seat.grant(2, { state: 'ownerDied' });
    expect(await next.settled).toBe('has it, owner died');
    next.guard.consistent();
    object.seat.recall(2);
    await object.seat.settle();
    await next.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 2: clean']);
  });

  rule('Y, the owner dies: it goes back with the mark, and not to a user here', async (stage) => {
    await using object = await stage.byHand();
    const guest = await stage.west.guest();
    const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
    await asked([guest]);
    await object.seat.settle();
    object.seat.grant(1, { recall: true });
    await theirs.settled;
    const waiting = object.lock(0);
    await object.seat.heard();
    await guest.dispose();
    expect(await object.seat.heard()).toEqual(['released by 1: ownerDied', 'lock']);
    expect(waiting.outcome).toBe('waits');
  });

  rule('an owner that unmaps it is one that died; its guard is worth nothing', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const waiting = object.lock(1);
    await object.seat.settle();
    await object.region(0).unmap();
    expect(await waiting.settled).toBe('has it, owner died');
    expect(held.guard.isHeld).toBe(false);
    expect(await codeOf(held.guard.unlock())).toBe('ERELEASED');
  });

  rule('an owner that has it mapped elsewhere, too, and unmaps one of both, still has it', async (stage) => {
    await using object = await stage.byHand();
    const second = await object.seat.map(stage.west.user(0));
    const held = await object.held(0, 1);
    await second.unmap();
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    expect(await codeOf(held.guard.unlock())).toBeNull();
    expect(await object.lock(1).settled).toBe('has it');
  });

  rule('what it had unlocked before it died is clean: what it said counts first (R0.6; §6, 5)', async (stage) => {
    await using object = await stage.byHand();
    const guest = await stage.west.guest();
    const region = await object.seat.map(guest);
    const theirs = Attempt.lock(region.futex(0));
    await asked([guest]);
    await object.seat.settle();
    object.seat.grant(1);
    await theirs.settled;
    const unlocked = theirs.guard.unlock();
    await guest.dispose();
    expect(await codeOf(unlocked)).toBeNull();
    expect(await object.lock(0).settled).toBe('has it');
  });

  rule('of several that a task had each one is told; those that it had given back are not', async (stage) => {
    await using object = await stage.byHand();
    const guest = await stage.west.guest();
    const region = await object.seat.map(guest);
    for (const offset of [0, 4, 8]) {
      const attempt = Attempt.lock(region.futex(offset));
      await asked([guest]);
      await object.seat.settle();
      object.seat.grant(1, { offset });
      await attempt.settled;
      if (offset === 4) await attempt.guard.unlock();
    }
    await guest.dispose();
    const outcomes = [0, 4, 8].map((offset) => object.lock(1, offset).settled);
    expect(await Promise.all(outcomes)).toEqual(['has it, owner died', 'has it', 'has it, owner died']);
  });

  rule('a chain of deaths: each heir that dies before it is consistent leaves it as it was', async (stage) => {
    await using object = await stage.byHand();
    await die(stage.west, object);
    for (let heir = 0; heir < 2; heir += 1) {
      const guest = await stage.west.guest();
      const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
      expect(await theirs.settled).toBe('has it, owner died');
      await guest.dispose();
    }
    const last = object.lock(0);
    expect(await last.settled).toBe('has it, owner died');
    last.guard.consistent();
    await last.guard.unlock();
    expect(await object.lock(1).settled).toBe('has it');
  });

  rule('an heir that dies after it was consistent is an owner that died', async (stage) => {
    await using object = await stage.byHand();
    await die(stage.west, object);
    const guest = await stage.west.guest();
    const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
    await theirs.settled;
    theirs.guard.consistent();
    await guest.dispose();
    expect(await object.lock(0).settled).toBe('has it, owner died');
  });

  rule(
    'unlocked without consistent: ENOTRECOVERABLE for who waits, who comes, who tries; the pager is told',
    async (stage) => {
      await using object = await stage.byHand();
      await die(stage.west, object);
      await object.seat.heard();
      const heir = object.lock(0);
      await heir.settled;
      const [waiting, behind] = await object.queue(1, 2);
      await heir.guard.unlock();
      expect([await waiting.settled, await behind.settled]).toEqual(['ENOTRECOVERABLE', 'ENOTRECOVERABLE']);
      expect(await object.seat.heard()).toEqual(['released by 1: notRecoverable']);
    },
  );

  rule('… for good, for every task of every broker, however it asks; and for no other futex', async (stage) => {
    await using object = await stage.served();
    const [west, east, north] = [stage.west.user(0), stage.east.user(0), stage.north.user(0)];
    const guest = await stage.west.guest();
    const region = await object.map(guest);
    await Attempt.lock(region.futex(0)).settled;
    const far = object.lock(east);
    await object.settle();
    await guest.dispose();
    expect(await far.settled).toBe('has it, owner died');
    const waiting = [object.lock(west), object.lock(north)];
    await object.settle();
    await far.guard.unlock();
    for (const one of waiting) expect(await one.settled).toBe('ENOTRECOVERABLE');
    for (const user of [west, east, north, stage.east.user(1)]) {
      expect(await object.lock(user).settled).toBe('ENOTRECOVERABLE');
      expect(await object.try(user).settled).toBe('ENOTRECOVERABLE');
    }
    const late = await stage.north.guest();
    const anew = await object.map(late);
    expect(await Attempt.lock(anew.futex(0), { timeoutMs: 10_000 }).settled).toBe('ENOTRECOVERABLE');
    expect(await Attempt.lock(anew.futex(SIZE - 8)).settled).toBe('has it');
    await late.dispose();
  });

  rule('consistent: EINVAL where no owner died, and the second time; EPERM for who has it not', async (stage) => {
    await using object = await stage.byHand();
    const clean = await object.held(0, 1, { offset: 8 });
    expect(codeThrown(() => clean.guard.consistent())).toBe('EINVAL');
    await die(stage.west, object);
    const { traps } = stage.west.user(1).task;
    expect(await traps.vm_futex_consistent(object.region(1).address, 0)).toEqual({ code: 'EPERM' });
    const heir = object.lock(0);
    expect(await heir.settled).toBe('has it, owner died');
    expect(await traps.vm_futex_consistent(object.region(1).address, 1)).toEqual({ code: 'EPERM' });
    heir.guard.consistent();
    expect(codeThrown(() => heir.guard.consistent())).toBe('EINVAL');
    const address = object.region(0).address;
    expect(await stage.west.user(0).task.traps.vm_futex_consistent(address, 0)).toEqual({ code: 'EINVAL' });
    await heir.guard.unlock();
    expect(codeThrown(() => heir.guard.consistent())).toBe('ERELEASED');
  });

  rule(
    'only its holder clears the mark: not who waits, not a recall, not room that is needed (§6, 7)',
    async (stage) => {
      await using object = await stage.byHand();
      await die(stage.west, object);
      const gaveUp = new AbortController();
      const heir = object.lock(0);
      await heir.settled;
      const waiting = Attempt.lock(object.region(1).futex(0), { signal: gaveUp.signal });
      await object.seat.settle();
      gaveUp.abort();
      await waiting.settled;
      object.seat.recall(1);
      await object.seat.heard();
      await object.region(0).unmap();
      expect(await object.seat.heard()).toEqual(['released by 1: ownerDied']);
    },
  );

  rule('the owner dies while others of another broker wait: they are told', async (stage) => {
    await using object = await stage.served();
    const guest = await stage.west.guest();
    await Attempt.lock((await object.map(guest)).futex(0)).settled;
    const far = object.lock(stage.east.user(0));
    await object.settle();
    expect(far.outcome).toBe('waits');
    await guest.dispose();
    expect(await far.settled).toBe('has it, owner died');
    far.guard.consistent();
    const next = object.lock(stage.west.user(0));
    await object.settle();
    await far.guard.unlock();
    expect(await next.settled).toBe('has it');
    expect(next.gen).toBeGreaterThan(far.gen);
  });

  rule('a waiter that dies is passed over, and is not an owner that died', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const guest = await stage.west.guest();
    const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
    await guest.task.traps.vm_region(0);
    const last = object.lock(1);
    await object.seat.settle();
    await guest.dispose();
    await held.guard.unlock();
    expect(await last.settled).toBe('has it');
    expect(await theirs.settled).not.toBe('has it');
  });
});

/** The first to have it, by the grant 1, dies with it. */
async function die(kernel: Kernel, object: ByHand): Promise<void> {
  const guest = await kernel.guest();
  const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
  await asked([guest]);
  await object.seat.settle();
  object.seat.grant(1);
  await theirs.settled;
  await guest.dispose();
  await object.seat.settle();
}

function codeThrown(fn: () => void): unknown {
  try {
    fn();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
