import { expect } from 'vitest';
import { Attempt } from '../attempt.ts';
import { theme } from '../rules.ts';

export const dlm = theme('the DLM: NOQUEUE, cancel, conversion', (rule) => {
  rule('NOQUEUE of a free lock: had', async (stage) => {
    await using object = await stage.served();
    const tried = object.try(stage.west.user(0));
    expect(await tried.settled).toBe('has it');
    await tried.guard.unlock();
  });

  rule('NOQUEUE while another here has it, or waits for it: EAGAIN, and nothing is said', async (stage) => {
    await using object = await stage.byHand();
    const waiting = object.lock(0);
    expect(await object.seat.heard()).toEqual(['lock']);
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    object.seat.grant(1);
    await waiting.settled;
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    object.seat.recall(1);
    await object.seat.settle();
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    expect(await object.seat.heard()).toEqual([]);
    // Who tried is in no queue.
    await waiting.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean']);
  });

  rule('NOQUEUE while another broker only keeps it: EAGAIN, and a recall, so that a retry succeeds', async (stage) => {
    await using object = await stage.served();
    await (await object.held(stage.west.user(0))).guard.unlock();
    object.xp();
    const [mine] = [stage.east.user(0)];
    expect(await object.try(mine).settled).toBe('null');
    await object.settle();
    expect(object.xp()).toEqual(['lock_futex', 'relinquish_futex', 'futex_failed', 'futex_released']);
    const again = object.try(mine);
    expect(await again.settled).toBe('has it');
    await again.guard.unlock();
  });

  rule(
    'NOQUEUE while another broker’s user has it: one recall, and once that has unlocked a retry succeeds',
    async (stage) => {
      await using object = await stage.served();
      const held = await object.held(stage.west.user(0));
      object.xp();
      for (let i = 0; i < 3; i += 1) expect(await object.try(stage.east.user(0)).settled).toBe('null');
      expect(object.xp().filter((line) => line === 'relinquish_futex')).toHaveLength(1);
      await held.guard.unlock();
      await object.settle();
      const again = object.try(stage.east.user(0));
      expect(await again.settled).toBe('has it');
      await again.guard.unlock();
    },
  );

  rule('a cancel that crosses the grant: the grant is the answer, and it is not lost', async (stage) => {
    await using object = await stage.byHand();
    const gaveUp = new AbortController();
    const attempt = Attempt.lock(object.region(0).futex(0), { signal: gaveUp.signal });
    await object.seat.settle();
    gaveUp.abort();
    expect(await attempt.settled).toBe('KERN_INTERRUPTED');
    expect((await object.seat.heard()).filter((line) => line !== 'cancel')).toEqual(['lock']);
    object.seat.grant(3);
    await object.seat.settle();
    object.seat.recall(3);
    expect(await object.seat.heard()).toEqual(['released by 3: clean']);
  });

  rule(
    'a cancel that is answered: asked for anew by the next, also by one who came before the answer',
    async (stage) => {
      await using object = await stage.byHand();
      const gaveUp = new AbortController();
      const attempt = Attempt.lock(object.region(0).futex(0), { signal: gaveUp.signal });
      await object.seat.settle();
      gaveUp.abort();
      await attempt.settled;
      await object.seat.heard();
      const next = object.lock(1);
      // At most one request is on its way.
      expect(await object.seat.heard()).toEqual([]);
      object.seat.fail('KERN_ABORTED');
      expect(await object.seat.heard()).toEqual(['lock']);
      expect(next.outcome).toBe('waits');
      object.seat.grant(1);
      expect(await next.settled).toBe('has it');
    },
  );

  rule('there is nothing to convert: an exclusive lock asked for again is EDEADLK, waiting or not', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    expect(await object.lock(0).settled).toBe('EDEADLK');
    expect(await Attempt.try(object.region(0).futex(0)).settled).toBe('EDEADLK');
    expect(await Attempt.lock(object.region(0).futex(0), { timeoutMs: 1 }).settled).toBe('EDEADLK');
    expect(held.guard.isHeld).toBe(true);
    expect(await object.seat.heard()).toEqual([]);
    await held.guard.unlock();
  });

  rule('a time that is over while it is asked for leaves nobody behind', async (stage) => {
    await using object = await stage.served();
    const held = await object.held(stage.west.user(0));
    const futex = object.region(stage.east.user(0)).futex(0);
    expect(await Attempt.lock(futex, { timeoutMs: 0 }).settled).toBe('KERN_TIMEDOUT');
    expect(await Attempt.lock(futex, { timeoutMs: 1 }).settled).toBe('KERN_TIMEDOUT');
    await held.guard.unlock();
    const next = object.lock(stage.north.user(0));
    expect(await next.settled).toBe('has it');
    await next.guard.unlock();
    const last = object.lock(stage.east.user(1));
    expect(await last.settled).toBe('has it');
    await last.guard.unlock();
  });
});
