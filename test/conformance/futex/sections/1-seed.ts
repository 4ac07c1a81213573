import { expect } from 'vitest';
import { Attempt, codeOf } from '../attempt.ts';
import { theme } from '../rules.ts';
import { asked, PAGE, SIZE } from '../kernel.ts';

export const seed = theme('the seed, Parts I to IV, and §2.1', (rule) => {
  rule('Part I: a futex is locked by a message to the task, and is that task’s', async ({ west }) => {
    const [mine, other] = [west.user(0), west.user(1)];
    const region = await mine.task.vm.allocate(PAGE);
    const { code, gen } = await mine.task.traps.vm_futex_lock(region.address, 0, 0);
    expect([code, gen > 0]).toEqual([0, true]);
    expect((await other.task.traps.vm_futex_unlock(region.address, gen)).code).not.toBe(0);
    expect(await mine.task.traps.vm_futex_unlock(region.address, gen)).toEqual({ code: 0 });
    await region.unmap();
  });

  rule('Part I: everyone sharing the word shares the futex, whatever the address', async (stage) => {
    await using object = await stage.byHand();
    const guard = await object.held(0, 1, { offset: PAGE });
    await using second = await object.seat.map(stage.west.user(0), { offset: PAGE });
    expect(await codeOf(second.futex(0).lock())).toBe('EDEADLK');
    const waiting = object.lock(1, PAGE);
    await using third = await object.seat.map(stage.west.user(2), { offset: PAGE });
    const behind = Attempt.lock(third.futex(0));
    expect(await object.seat.heard()).toEqual([]);
    await guard.guard.unlock();
    await waiting.settled;
    expect(behind.outcome).toBe('waits');
    await waiting.guard.unlock();
    expect(await behind.settled).toBe('has it');
    await behind.guard.unlock();
  });

  rule('Part I: another word is another futex, and so is the same word of a snapshot', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const beside = await object.held(1, 1, { offset: 4 });
    await using snapshot = await object.seat.map(stage.west.user(1), { copy: true });
    const own = Attempt.lock(snapshot.futex(0));
    expect(await own.settled).toBe('has it');
    expect((await object.seat.heard()).filter((line) => !line.startsWith('page'))).toEqual([]);
    for (const { guard } of [own, beside, held]) await guard.unlock();
  });

  rule('Part I: the page comes in first, to be written, and only then is the futex asked for', async (stage) => {
    await using object = await stage.byHand();
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    object.seat.isMute = true;
    const attempt = object.lock(0);
    await asked(stage.west.users);
    await asked([stage.west.pager]);
    expect(object.seat.requests.has(0)).toBe(false);
    object.seat.answerPages();
    expect(await object.seat.heard()).toEqual(['page at 0 to write', 'lock']);
    object.seat.grant(1);
    expect(await attempt.settled).toBe('has it');
  });

  rule(
    '§2.1: not mapped, and no multiple of 4: KERN_INVALID_ADDRESS; not to be written: a protection failure',
    async (stage) => {
      await using object = await stage.byHand();
      const region = object.region(0);
      const { traps } = stage.west.user(0).task;
      for (const address of [region.address + 2, region.address + SIZE, region.address + SIZE + 1]) {
        expect(await traps.vm_futex_lock(address, 0, 0)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
      }
      await region.protect('r');
      expect(await codeOf(region.futex(0).lock())).toBe('KERN_PROTECTION_FAILURE');
      expect(await codeOf(region.futex(0).tryLock())).toBe('KERN_PROTECTION_FAILURE');
      expect(await traps.vm_futex_lock(region.address + 2, 0, 0)).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
      expect(await object.seat.heard()).toEqual([]);
    },
  );

  rule('§2.1: a page that does not come: KERN_MEMORY_ERROR, and the futex is not asked for', async (stage) => {
    await using object = await stage.byHand();
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    object.seat.isBroken = true;
    expect(await object.lock(0).settled).toBe('KERN_MEMORY_ERROR');
    expect(await object.seat.heard()).toEqual(['page at 0 to write']);
    // It is not remembered (§6, 12).
    object.seat.isBroken = false;
    await object.held(0, 1);
  });

  rule('Part II: the pager decides: until it answers nobody has it', async (stage) => {
    await using object = await stage.byHand();
    const first = object.lock(0);
    // Each comes over a connection of its own.
    expect(await object.seat.heard()).toEqual(['lock']);
    const second = object.lock(1);
    expect(await object.seat.heard()).toEqual([]);
    expect([first.outcome, second.outcome]).toEqual(['waits', 'waits']);
    object.seat.grant(7);
    await first.settled;
    expect([first.gen, second.outcome]).toEqual([7, 'waits']);
  });

  rule('Part II: what the pager refuses is refused to the user, and the next one asks again', async (stage) => {
    await using object = await stage.byHand();
    for (const code of ['KERN_MEMORY_ERROR', 'ENOTRECOVERABLE'] as const) {
      const both = [object.lock(0), object.lock(1)];
      expect(await object.seat.heard()).toEqual(['lock']);
      object.seat.fail(code);
      expect(await Promise.all(both.map(({ settled }) => settled))).toEqual([code, code]);
    }
    await object.held(2, 1);
  });

  rule('Part II alone: a pager that recalls at once is asked for each lock, and gets each one back', async (stage) => {
    await using object = await stage.byHand();
    for (let gen = 1; gen <= 4; gen += 1) {
      const attempt = object.lock(gen % 3);
      expect(await object.seat.heard()).toEqual(['lock']);
      object.seat.grant(gen, { recall: true });
      await attempt.settled;
      await attempt.guard.unlock();
      expect(await object.seat.heard()).toEqual([`released by ${gen}: clean`]);
    }
  });

  rule('Part III: the user unlocks, and the kernel still has it: no exchange for the next user (F9)', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 9);
    for (let i = 0; i < 12; i += 1) {
      const attempt = object.lock(i % 3);
      expect(await attempt.settled).toBe('has it');
      expect(attempt.gen).toBe(9);
      await attempt.guard.unlock();
    }
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('Part III: while it is kept, lock and unlock complete at once where words are shared', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 1);
    const futex = object.region(0).futex(0);
    const guard = futex.lock();
    const inPlace = stage.hasWords && object.region(0).isDirect;
    expect(guard instanceof Promise).toBe(!inPlace);
    const unlocked = (await guard).unlock();
    expect(unlocked instanceof Promise).toBe(!inPlace);
    await unlocked;
  });

  rule('Part III: the page may leave while the futex stays', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 3);
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    const waiting = object.lock(1);
    expect(await object.seat.heard()).toEqual(['page at 0 to write']);
    expect(waiting.outcome).toBe('waits');
    await held.guard.unlock();
    expect(await waiting.settled).toBe('has it');
    await waiting.guard.unlock();
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    expect(await object.lock(2).settled).toBe('has it');
    expect(await object.seat.heard()).toEqual(['page at 0 to write']);
  });

  rule('Part IV: asked to relinquish, the kernel gives it up immediately if no user holds it', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 5);
    object.seat.recall(5);
    expect(await object.seat.heard()).toEqual(['released by 5: clean']);
    const again = object.lock(0);
    expect(await object.seat.heard()).toEqual(['lock']);
    object.seat.grant(6);
    expect(await again.settled).toBe('has it');
    expect(again.gen).toBe(6);
  });

  rule('Part IV: else as soon as the real user does, rather than handing it to another local user', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 5);
    const waiting = object.lock(1);
    object.seat.recall(5);
    expect(await object.seat.heard()).toEqual([]);
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 5: clean', 'lock']);
    expect(waiting.outcome).toBe('waits');
    object.seat.grant(6);
    expect(await waiting.settled).toBe('has it');
  });

  rule('Part IV: the recall that rides on a grant is one', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 5, { recall: true });
    const waiting = object.lock(1);
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 5: clean', 'lock']);
    expect(waiting.outcome).toBe('waits');
  });
});
