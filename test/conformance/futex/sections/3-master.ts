import { expect } from 'vitest';
import { theme } from '../rules.ts';

export const master = theme('§2.4, the pager’s rows, as its kernels see them', (rule) => {
  rule('free, and nobody waits: it is granted; and kept, whatever users do with it', async (stage) => {
    await using object = await stage.served();
    for (const user of [0, 1, 0, 2]) {
      const attempt = await object.held(stage.west.user(user));
      expect(attempt.outcome).toBe('has it');
      await attempt.guard.unlock();
    }
    await object.settle();
    expect(object.xp()).toEqual(['lock_futex', 'futex_granted']);
  });

  rule('each grant has a generation of its own, higher than any before it', async (stage) => {
    await using object = await stage.served();
    const gens: number[] = [];
    for (const kernel of [stage.west, stage.east, stage.north, stage.west, stage.east]) {
      const attempt = await object.held(kernel.user(0));
      gens.push(attempt.gen);
      await attempt.guard.unlock();
    }
    expect(gens).toEqual([...new Set(gens)].sort((a, b) => a - b));
    expect(object.gens).toEqual(gens);
  });

  rule(
    'held: the holder is asked once, however many come; and the grant to the next says that others wait',
    async (stage) => {
      await using object = await stage.served();
      const held = await object.held(stage.west.user(0));
      object.xp();
      const far = object.lock(stage.east.user(0));
      await object.settle();
      const farther = object.lock(stage.north.user(0));
      await object.settle();
      expect(object.xp()).toEqual(['lock_futex', 'relinquish_futex', 'lock_futex']);
      await held.guard.unlock();
      await far.settled;
      await object.settle();
      expect(object.xp()).toEqual(['futex_released', 'futex_granted, recalled']);
      expect(farther.outcome).toBe('waits');
      await far.guard.unlock();
      await farther.settled;
      expect(object.xp()).toEqual(['futex_released', 'futex_granted']);
    },
  );

  rule('the state is what the holder says last: it may have repaired it', async (stage) => {
    await using object = await stage.served();
    const guest = await stage.west.guest();
    await (await object.map(guest)).futex(0).lock();
    const heir = object.lock(stage.east.user(0));
    await object.settle();
    await guest.dispose();
    expect(await heir.settled).toBe('has it, owner died');
    heir.guard.consistent();
    await heir.guard.unlock();
    for (const kernel of [stage.north, stage.west, stage.east]) {
      const next = await object.held(kernel.user(0));
      expect(next.outcome).toBe('has it');
      await next.guard.unlock();
    }
  });

  rule('Part II alone: with a pager that recalls at once nothing is kept, and nothing else changes', async (stage) => {
    await using object = await stage.served({ recallAtOnce: true });
    for (let i = 0; i < 3; i += 1) {
      const attempt = await object.held(stage.west.user(i));
      expect(attempt.outcome).toBe('has it');
      await attempt.guard.unlock();
      await object.settle();
      expect(object.xp()).toEqual(['lock_futex', 'futex_granted, recalled', 'futex_released']);
    }
  });

  rule('each futex is lent by itself: who has one is not asked for another', async (stage) => {
    await using object = await stage.served();
    const [here, there] = [await object.held(stage.west.user(0), 0), await object.held(stage.east.user(0), 8)];
    expect([here.outcome, there.outcome]).toEqual(['has it', 'has it']);
    expect(object.xp().filter((line) => line.startsWith('relinquish'))).toEqual([]);
    await here.guard.unlock();
    await there.guard.unlock();
  });

  rule('a cancelled request is out of the queue, and those behind it are not held up', async (stage) => {
    await using object = await stage.served();
    const held = await object.held(stage.west.user(0));
    const gaveUp = new AbortController();
    const quitter = object.region(stage.east.user(0)).futex(0).lock({ signal: gaveUp.signal });
    await object.settle();
    const last = object.lock(stage.north.user(0));
    await object.settle();
    gaveUp.abort();
    await expect(quitter).rejects.toMatchObject({ code: 'KERN_INTERRUPTED' });
    await held.guard.unlock();
    expect(await last.settled).toBe('has it');
    await last.guard.unlock();
  });
});
