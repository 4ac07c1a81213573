import { expect } from 'vitest';
import { Attempt, codeOf } from '../attempt.ts';
import { theme } from '../rules.ts';
import { SIZE } from '../kernel.ts';
import { FUTEXES } from '../stage.ts';

export const keeper = theme('§2.3, the broker’s rows, as a pager sees them', (rule) => {
  rule(
    'N, R: the first who wants it has it asked for; the others wait behind, and nothing more is said',
    async (stage) => {
      await using object = await stage.byHand();
      const all = await object.queue(2, 0, 1);
      expect(await object.seat.heard()).toEqual(['lock']);
      object.seat.grant(1);
      for (const one of all) {
        await one.settled;
        expect(all.filter(({ outcome }) => outcome === 'has it')).toHaveLength(all.indexOf(one) + 1);
        await one.guard.unlock();
      }
      // Of each hand-off the pager knows nothing.
      expect(await object.seat.heard()).toEqual([]);
    },
  );

  rule('R, granted while nobody wants it any more: it is kept, not dropped (§6, 2)', async (stage) => {
    await using object = await stage.byHand();
    const gaveUp = new AbortController();
    const attempt = Attempt.lock(object.region(0).futex(0), { signal: gaveUp.signal });
    await object.seat.settle();
    gaveUp.abort();
    expect(await attempt.settled).toBe('KERN_INTERRUPTED');
    // That it was cancelled the pager need not have heard.
    object.seat.grant(4);
    await object.seat.heard();
    const next = object.lock(1);
    expect(await next.settled).toBe('has it');
    expect(next.gen).toBe(4);
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('R, granted with the recall while nobody wants it: it goes back at once, as it came', async (stage) => {
    await using object = await stage.byHand();
    const attempt = Attempt.lock(object.region(0).futex(0), { timeoutMs: 0 });
    expect(await attempt.settled).toBe('KERN_TIMEDOUT');
    await object.seat.heard();
    object.seat.grant(4, { recall: true, state: 'ownerDied' });
    expect(await object.seat.heard()).toEqual(['released by 4: ownerDied']);
  });

  rule('R, granted with the recall: the first of the queue has it, and after it nobody here', async (stage) => {
    await using object = await stage.byHand();
    const [first, second] = await object.queue(0, 1);
    await object.seat.heard();
    object.seat.grant(4, { recall: true });
    await first.settled;
    await first.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 4: clean', 'lock']);
    expect(second.outcome).toBe('waits');
  });

  rule('R, relinquish: nothing comes of it, now or with the grant that follows', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 4);
    object.seat.recall(4);
    await object.seat.settle();
    const attempt = object.lock(0);
    expect(await object.seat.heard()).toEqual(['released by 4: clean', 'lock']);
    object.seat.recall(4);
    expect(await object.seat.heard()).toEqual([]);
    object.seat.grant(5);
    await attempt.settled;
    await attempt.guard.unlock();
    expect(await object.seat.heard()).toEqual([]);
  });

  rule(
    'R, failed NOQUEUE: only who did not want to wait is told; for the others it is asked for anew',
    async (stage) => {
      await using object = await stage.byHand();
      const tried = Attempt.try(object.region(0).futex(0));
      await object.seat.settle();
      const waiting = object.lock(1);
      expect(await object.seat.heard()).toEqual(['lock, NOQUEUE']);
      object.seat.fail('EAGAIN');
      expect(await tried.settled).toBe('null');
      expect(await object.seat.heard()).toEqual(['lock']);
      object.seat.grant(1);
      expect(await waiting.settled).toBe('has it');
    },
  );

  rule('N, relinquish: nothing comes of it', async (stage) => {
    await using object = await stage.byHand();
    object.seat.recall(1);
    await object.retained(0, 4);
    object.seat.recall(4);
    await object.seat.heard();
    object.seat.recall(4);
    expect(await object.seat.heard()).toEqual([]);
  });

  for (const [status, waiting] of [
    ['H', false],
    ['Y', true],
  ] as const) {
    rule(`${status}, the present owner locks: EDEADLK`, async (stage) => {
      await using object = await stage.byHand();
      const held = await object.held(0, 1);
      if (waiting) object.seat.recall(1);
      await object.seat.settle();
      expect(await object.lock(0).settled).toBe('EDEADLK');
      expect(await codeOf(object.region(0).futex(0).tryLock())).toBe('EDEADLK');
      await held.guard.unlock();
    });
  }

  rule('H, unlock: the queue gets it in the order in which it came; none is left out', async (stage) => {
    await using object = await stage.byHand();
    const { users } = stage.west;
    const held = await object.held(0, 1);
    const guests = [await stage.west.guest(), await stage.west.guest()];
    const order: number[] = [];
    const regions = [
      object.region(1),
      object.region(2),
      ...(await Promise.all(guests.map((one) => object.seat.map(one)))),
    ];
    const waiting: Attempt[] = [];
    for (const region of regions) {
      waiting.push(Attempt.lock(region.futex(0)));
      await object.seat.settle();
      await guests[0]?.task.traps.vm_region(0);
      await guests[1]?.task.traps.vm_region(0);
    }
    await held.guard.unlock();
    for (const [i, one] of waiting.entries()) {
      await one.settled;
      order.push(i);
      expect(waiting.filter(({ outcome }) => outcome === 'waits')).toHaveLength(waiting.length - i - 1);
      await one.guard.unlock();
    }
    expect(order).toEqual([0, 1, 2, 3]);
    expect(users).toHaveLength(3);
    for (const guest of guests) await guest.dispose();
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('H, T: a relinquish of another generation, before or after this one, is ignored (§6, 1)', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 10);
    for (const gen of [9, 11, 0]) object.seat.recall(gen);
    await object.seat.settle();
    await held.guard.unlock();
    for (const gen of [9, 11, 0]) object.seat.recall(gen);
    expect(await object.seat.heard()).toEqual([]);
    expect(await object.lock(1).settled).toBe('has it');
  });

  rule('T, for want of room: what nobody uses goes back, what is in use stays', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    for (let i = 1; i < FUTEXES; i += 1) {
      await (await object.held(1, 1, { offset: 4 * i })).guard.unlock();
    }
    await object.seat.heard();
    const attempt = object.lock(2, 4 * FUTEXES);
    const heard = await object.seat.heard();
    expect(heard.at(-1)).toBe(`lock at ${4 * FUTEXES}`);
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.slice(0, -1).every((line) => /^released at \d+ by 1: clean$/.test(line))).toBe(true);
    object.seat.grant(1, { offset: 4 * FUTEXES });
    expect(await attempt.settled).toBe('has it');
    expect(held.guard.isHeld).toBe(true);
    expect(await codeOf(object.region(0).futex(0).lock())).toBe('EDEADLK');
  });

  rule('T, the last unmapping: everything is given back, and then the object (§2.5, 10)', async (stage) => {
    await using object = await stage.byHand();
    for (const offset of [0, 8]) await (await object.held(0, 1, { offset })).guard.unlock();
    await object.seat.heard();
    for (const user of [0, 1, 2]) await object.region(user).unmap();
    const heard = await object.seat.heardUntil('terminate');
    expect(heard.sort()).toEqual(['released at 8 by 1: clean', 'released by 1: clean', 'terminate'].sort());
  });

  rule('Y: users queue, none gets it, and a second recall is one release all the same (F5, F10)', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    object.seat.recall(1);
    await object.seat.settle();
    const waiting = await object.queue(1, 2);
    object.seat.recall(1);
    expect(await object.seat.heard()).toEqual([]);
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean', 'lock']);
    object.seat.recall(1);
    expect(await object.seat.heard()).toEqual([]);
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['waits', 'waits']);
    object.seat.grant(2);
    expect(await waiting[0].settled).toBe('has it');
    // The order is that of before.
    expect(waiting[1].outcome).toBe('waits');
  });

  rule('Y, unlock while nobody waits: it is given back, and not asked for', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1, { recall: true });
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean']);
  });

  rule('R, H, Y: who gives up is taken out, and the others keep their places', async (stage) => {
    await using object = await stage.byHand();
    const gaveUp = new AbortController();
    const held = await object.held(0, 1);
    const quitter = Attempt.lock(object.region(1).futex(0), { signal: gaveUp.signal });
    await object.seat.settle();
    const last = object.lock(2);
    object.seat.recall(1);
    await object.seat.settle();
    gaveUp.abort();
    expect(await quitter.settled).toBe('KERN_INTERRUPTED');
    expect(await object.seat.heard()).toEqual([]);
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean', 'lock']);
    object.seat.grant(2);
    expect(await last.settled).toBe('has it');
  });

  rule('unlock by anyone but the owner, or by another generation: EPERM, and nothing is unlocked', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 3);
    for (const [user, gen] of [
      [1, 0],
      [1, 3],
      [0, 2],
      [0, 4],
    ] as const) {
      const { address } = object.region(user);
      expect(await stage.west.user(user).task.traps.vm_futex_unlock(address, gen)).toEqual({ code: 'EPERM' });
    }
    expect(held.guard.isHeld).toBe(true);
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    await held.guard.unlock();
    expect(await stage.west.user(0).task.traps.vm_futex_unlock(object.region(0).address, 0)).toEqual({ code: 'EPERM' });
  });

  rule('H, fenced: the owner is told by its next call, nothing goes back, and it is asked for anew', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const waiting = object.lock(1);
    await object.seat.settle();
    object.seat.control.futexFenced(0, 1);
    expect(await object.seat.heard()).toEqual(['lock']);
    expect(await codeOf(held.guard.unlock())).toBe('EFENCED');
    object.seat.grant(2, { state: 'ownerDied' });
    expect(await waiting.settled).toBe('has it, owner died');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('Y, T, fenced: the same; by another generation: nothing', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 2, { recall: true });
    for (const gen of [1, 3]) object.seat.control.futexFenced(0, gen);
    await object.seat.settle();
    expect(held.guard.isHeld).toBe(true);
    object.seat.control.futexFenced(0, 2);
    await object.seat.settle();
    expect(await codeOf(held.guard.unlock())).toBe('EFENCED');
    expect(await object.seat.heard()).toEqual([]);
    await object.retained(0, 3);
    object.seat.control.futexFenced(0, 3);
    await object.seat.settle();
    const next = object.lock(0);
    expect(await object.seat.heard()).toEqual(['lock']);
    object.seat.grant(4);
    // It had nothing when it was taken away.
    expect(await next.settled).toBe('has it');
  });

  rule(
    'the pager goes: who waits is told; the owner keeps it, may unlock, and nobody has it after that',
    async (stage) => {
      await using object = await stage.byHand();
      const held = await object.held(0, 1);
      const waiting = [object.lock(1), object.lock(2)];
      await object.seat.settle();
      object.seat.die();
      expect(await Promise.all(waiting.map(({ settled }) => settled))).toEqual(Array(2).fill('KERN_MEMORY_ERROR'));
      expect(held.guard.isHeld).toBe(true);
      expect(await codeOf(held.guard.unlock())).toBeNull();
      for (const user of [0, 1]) expect(await object.lock(user).settled).toBe('KERN_MEMORY_ERROR');
      expect(await object.lock(1, SIZE - 4).settled).toBe('KERN_MEMORY_ERROR');
      expect(await codeOf(object.region(0).futex(0).tryLock())).toBe('KERN_MEMORY_ERROR');
    },
  );

  rule('the pager goes while it was asked for, or while it is kept: KERN_MEMORY_ERROR', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 1);
    const waiting = object.lock(1, 8);
    await object.seat.settle();
    object.seat.die();
    expect(await waiting.settled).toBe('KERN_MEMORY_ERROR');
    expect(await object.lock(0).settled).toBe('KERN_MEMORY_ERROR');
  });
});
