import { expect } from 'vitest';
import { until } from '../../../support/until.ts';
import { codeOf } from '../attempt.ts';
import { theme } from '../rules.ts';

export const fencing = theme('§3.5, forced revocation and fencing', (rule) => {
  rule('is off unless it is asked for: who wants it waits for as long as its owner takes', async (stage) => {
    await using object = await stage.byHand();
    await using shipped = await stage.served();
    const held = await shipped.held(stage.west.user(0));
    const waiting = shipped.lock(stage.east.user(0));
    await shipped.settle();
    expect([waiting.outcome, held.guard.isHeld]).toEqual(['waits', true]);
    expect(shipped.xp()).not.toContain('futex_fenced');
    await held.guard.unlock();
    await waiting.settled;
    expect(await object.seat.heard()).toEqual([]);
  });

  rule(
    'the time over: the next one has it with a higher generation, and is told that its owner died',
    async (stage) => {
      await using object = await stage.served({ budgetMs: 20 });
      const held = await object.held(stage.west.user(0));
      let fenced = 0;
      held.guard.onFenced(() => (fenced += 1));
      const heir = object.lock(stage.east.user(0));
      expect(await heir.settled).toBe('has it, owner died');
      expect(heir.gen).toBeGreaterThan(held.gen);
      await until(() => fenced === 1);
      expect(held.guard.isHeld).toBe(false);
      expect(await codeOf(held.guard.unlock())).toBe('EFENCED');
      // The unlock of the old hold ends nothing of the new one.
      expect(await object.try(stage.east.user(1)).settled).toBe('null');
      heir.guard.consistent();
      await heir.guard.unlock();
      expect(fenced).toBe(1);
    },
  );

  rule('the owner that was fenced is told by its next call, once, and may lock again', async (stage) => {
    await using object = await stage.served({ budgetMs: 20 });
    const user = stage.west.user(0);
    await object.held(user);
    const heir = object.lock(stage.east.user(0));
    await heir.settled;
    heir.guard.consistent();
    await heir.guard.unlock();
    await object.settle();
    expect(await object.lock(user).settled).toBe('EFENCED');
    const again = object.lock(user);
    // The other broker may have been too slow to give it back, too.
    expect(['has it', 'has it, owner died']).toContain(await again.settled);
    await again.guard.unlock();
  });

  rule('the generation that is shown is the fence: a resource that checks it refuses the one before', async (stage) => {
    await using object = await stage.served({ budgetMs: 20 });
    const resource = { gen: 0n, refused: 0 };
    const store = (gen: bigint): void => void (gen < resource.gen ? (resource.refused += 1) : (resource.gen = gen));
    const held = await object.held(stage.west.user(0));
    store(held.guard.gen);
    const heir = object.lock(stage.east.user(0));
    await heir.settled;
    store(heir.guard.gen);
    store(held.guard.gen);
    expect([resource.gen, resource.refused]).toEqual([heir.guard.gen, 1]);
    // Until its broker has heard of it, the unlock seems in order: it is the resource that has to look.
    await object.settle();
    expect(await codeOf(held.guard.unlock())).toBe('EFENCED');
    heir.guard.consistent();
    await heir.guard.unlock();
  });

  rule('who unlocks in time is not fenced; nor is what is kept and not used', async (stage) => {
    await using object = await stage.served({ budgetMs: 60_000 });
    const held = await object.held(stage.west.user(0));
    const waiting = object.lock(stage.east.user(0));
    await object.settle();
    expect(await codeOf(held.guard.unlock())).toBeNull();
    expect(await waiting.settled).toBe('has it');
    await waiting.guard.unlock();
    expect(await object.lock(stage.north.user(0)).settled).toBe('has it');
    expect(object.xp()).not.toContain('futex_fenced');
  });

  rule('waiters of the broker that was fenced get it again, behind those who had it taken away', async (stage) => {
    await using object = await stage.served({ budgetMs: 300 });
    await object.held(stage.west.user(0));
    const local = object.lock(stage.west.user(1));
    const far = object.lock(stage.east.user(0));
    expect(await far.settled).toBe('has it, owner died');
    far.guard.consistent();
    await far.guard.unlock();
    const outcome = await local.settled;
    expect(['has it', 'has it, owner died']).toContain(outcome);
    if (outcome === 'has it, owner died') local.guard.consistent();
    await local.guard.unlock();
  });
});
