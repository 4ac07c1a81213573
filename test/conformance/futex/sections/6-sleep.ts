import { FUTEX_FLAG } from 'easync';
import { expect } from 'vitest';
import { codeOf } from '../attempt.ts';
import { asked, PAGE, read, SIZE, write } from '../kernel.ts';
import { theme } from '../rules.ts';

const { SHARED, QUAD, TIMED, BROADCAST, MUTATE } = FUTEX_FLAG;

export const sleep = theme('§2.8, wait and wake of one broker', (rule) => {
  rule(
    'wait, the checks: no task, no multiple of 4, not mapped, not readable, another value, the time',
    async (stage) => {
      await using object = await stage.byHand();
      const region = object.region(0);
      const { traps } = stage.west.user(0).task;
      await write(region, 0, 5);
      const wait = async (address: number, v1: number): Promise<unknown> =>
        (await traps.vm_futex_wait(address, v1, 0, 0, SHARED | TIMED)).code;
      // Each time all that comes behind is wrong, too.
      expect(await wait(region.address + SIZE + 2, 4)).toBe('KERN_INVALID_ADDRESS');
      expect(await wait(region.address + 2, 4)).toBe('KERN_INVALID_ADDRESS');
      expect(await wait(region.address + SIZE, 4)).toBe('KERN_INVALID_ADDRESS');
      await region.protect('none');
      expect(await wait(region.address, 4)).toBe('KERN_INVALID_ADDRESS');
      await region.protect('r');
      expect(await wait(region.address, 4)).toBe('KERN_INVALID_ARGUMENT');
      expect(await wait(region.address, 5)).toBe('KERN_TIMEDOUT');
      const guest = await stage.west.guest();
      const { address } = await object.seat.map(guest);
      await guest.dispose();
      expect(await guest.task.traps.vm_futex_wait(address + 2, 4, 0, 0, SHARED)).toEqual({ code: 'KERN_INVALID_TASK' });
      expect(await guest.task.traps.vm_futex_wake(address + 2, 4, SHARED)).toEqual({ code: 'KERN_INVALID_TASK' });
    },
  );

  rule('wake and requeue: no multiple of 4, not mapped, not readable: KERN_INVALID_ADDRESS', async (stage) => {
    await using object = await stage.byHand();
    const region = object.region(0);
    const { traps } = stage.west.user(0).task;
    for (const wrong of [region.address + 1, region.address + SIZE]) {
      for (const flags of [0, SHARED, SHARED | BROADCAST, SHARED | MUTATE]) {
        expect(await traps.vm_futex_wake(wrong, 0, flags)).toEqual({ code: 'KERN_INVALID_ADDRESS' });
      }
      expect(await traps.vm_futex_requeue(wrong, region.address, false, SHARED)).toEqual({
        code: 'KERN_INVALID_ADDRESS',
      });
      expect(await traps.vm_futex_requeue(region.address, wrong, true, SHARED)).toEqual({
        code: 'KERN_INVALID_ADDRESS',
      });
    }
    await region.protect('none');
    expect(await traps.vm_futex_wake(region.address, 0, SHARED)).toEqual({ code: 'KERN_INVALID_ADDRESS' });
  });

  rule('QUAD compares both words; without it the second value means nothing', async (stage) => {
    await using object = await stage.byHand();
    await write(object.region(0), 0, 1, 2);
    const wait = (v1: number, v2: number, flags: number): Promise<unknown> =>
      object.call(0, (traps, address) => traps.vm_futex_wait(address, v1, v2, 0, flags | SHARED | TIMED)).settled;
    expect(await wait(1, 3, QUAD)).toBe('KERN_INVALID_ARGUMENT');
    expect(await wait(0, 2, QUAD)).toBe('KERN_INVALID_ARGUMENT');
    expect(await wait(1, 2, QUAD)).toBe('KERN_TIMEDOUT');
    expect(await wait(1, 77, 0)).toBe('KERN_TIMEDOUT');
  });

  rule('msec counts only with TIMED', async (stage) => {
    await using object = await stage.byHand();
    const sleeper = await object.asleep(0, { msec: 1 });
    // This one began later, and its time is longer.
    expect(await (await object.asleep(1, { msec: 3, flags: SHARED | TIMED })).settled).toBe('KERN_TIMEDOUT');
    await object.seat.settle();
    expect(sleeper.outcome).toBe('waits');
    await object.wake(1);
    expect(sleeper.outcome).toBe(0);
  });

  rule(
    'who is interrupted, or has waited long enough, or died is in no queue: the wakeup goes to the next',
    async (stage) => {
      await using object = await stage.byHand();
      const gaveUp = new AbortController();
      const interrupted = object.call(0, (traps, address) =>
        traps.vm_futex_wait(address, 0, 0, 0, SHARED, gaveUp.signal),
      );
      await object.seat.settle();
      const timed = await object.asleep(0, { msec: 1, flags: SHARED | TIMED });
      const guest = await stage.west.guest();
      const region = await object.seat.map(guest);
      void guest.task.traps.vm_futex_wait(region.address, 0, 0, 0, SHARED);
      await asked([guest]);
      const last = await object.asleep(1);
      gaveUp.abort();
      expect([await interrupted.settled, await timed.settled]).toEqual(['KERN_INTERRUPTED', 'KERN_TIMEDOUT']);
      await guest.dispose();
      await object.wake(2);
      expect(last.outcome).toBe(0);
    },
  );

  rule('wake wakes the oldest; with BROADCAST all; whoever sleeps in between stays', async (stage) => {
    await using object = await stage.byHand();
    const sleepers = [await object.asleep(2), await object.asleep(0), await object.asleep(1), await object.asleep(2)];
    const outcomes = (): unknown[] => sleepers.map(({ outcome }) => outcome);
    await object.wake(0);
    expect(outcomes()).toEqual([0, 'waits', 'waits', 'waits']);
    await object.wake(0, { offset: 4, flags: SHARED | BROADCAST });
    await object.wake(1);
    expect(outcomes()).toEqual([0, 0, 'waits', 'waits']);
    await object.wake(0, { flags: SHARED | BROADCAST });
    expect(outcomes()).toEqual([0, 0, 0, 0]);
  });

  rule('a wake that meets nobody succeeds, and is never remembered', async (stage) => {
    await using object = await stage.byHand();
    for (const flags of [SHARED, SHARED | BROADCAST, SHARED | MUTATE, 0]) {
      expect(await object.wake(0, { flags })).toBe(0);
    }
    const sleeper = await object.asleep(1);
    expect(sleeper.outcome).toBe('waits');
    await object.wake(0);
    expect(sleeper.outcome).toBe(0);
  });

  rule('MUTATE stores, also with no waiter, and who is woken by it does not look again', async (stage) => {
    await using object = await stage.byHand();
    await object.wake(0, { flags: SHARED | MUTATE, value: 0xffff_fffe });
    expect(await read(object.region(1), 0)).toBe(0xffff_fffe);
    await object.wake(0, { flags: SHARED | MUTATE, value: 0 });
    const sleeper = await object.asleep(1);
    // The very value that it sleeps on.
    await object.wake(0, { flags: SHARED | MUTATE, value: 0 });
    expect(sleeper.outcome).toBe(0);
  });

  rule('MUTATE stores the low word only, also where the waiter compares both', async (stage) => {
    await using object = await stage.byHand();
    await write(object.region(0), 8, 1, 2, 3);
    const sleeper = object.call(1, (traps, address) => traps.vm_futex_wait(address, 1, 2, 0, SHARED | QUAD), 8);
    await object.seat.settle();
    await object.wake(0, { offset: 8, flags: SHARED | MUTATE, value: 9 });
    expect(sleeper.outcome).toBe(0);
    expect([...new Uint32Array((await object.region(0).read(8, 12)).slice().buffer)]).toEqual([9, 2, 3]);
  });

  rule('MUTATE needs the right to write: without it nothing is stored, and nobody woken', async (stage) => {
    await using object = await stage.byHand();
    const sleeper = await object.asleep(1);
    await object.region(0).protect('r');
    expect(await object.wake(0, { flags: SHARED | MUTATE, value: 7 })).toBe('KERN_PROTECTION_FAILURE');
    expect([sleeper.outcome, await read(object.region(1), 0)]).toEqual(['waits', 0]);
    // To wake without it takes no more than to read.
    expect(await object.wake(0)).toBe(0);
    expect(sleeper.outcome).toBe(0);
  });

  rule('MUTATE has the page come in to be written; and one that does not come wakes nobody', async (stage) => {
    await using object = await stage.byHand();
    const sleeper = await object.asleep(1);
    await object.seat.heard();
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    object.seat.isBroken = true;
    expect(await object.wake(0, { flags: SHARED | MUTATE, value: 7 })).toBe('KERN_MEMORY_ERROR');
    expect([sleeper.outcome, await object.seat.heard()]).toEqual(['waits', ['page at 0 to write']]);
    object.seat.isBroken = false;
    await object.wake(0, { flags: SHARED | MUTATE, value: 7 });
    expect([sleeper.outcome, await read(object.region(1), 0)]).toEqual([0, 7]);
  });

  rule('a local waiter and a shared wake never meet, nor the other way', async (stage) => {
    await using object = await stage.byHand();
    const [local, shared] = [await object.asleep(0, { flags: 0 }), await object.asleep(0)];
    await object.wake(0, { flags: 0 });
    expect([local.outcome, shared.outcome]).toEqual([0, 'waits']);
    const again = await object.asleep(0, { flags: 0 });
    await object.wake(0, { flags: SHARED | BROADCAST });
    expect([again.outcome, shared.outcome]).toEqual(['waits', 0]);
    await object.wake(0, { flags: BROADCAST });
    expect(again.outcome).toBe(0);
  });

  rule('local: of this task and this very address; its pager hears nothing of it', async (stage) => {
    await using object = await stage.byHand();
    const sleeper = await object.asleep(0, { flags: 0 });
    await using second = await object.seat.map(stage.west.user(0));
    await stage.west.user(0).task.traps.vm_futex_wake(second.address, 0, BROADCAST);
    await object.wake(1, { flags: BROADCAST });
    expect([sleeper.outcome, await object.seat.heard()]).toEqual(['waits', []]);
    await object.wake(0, { flags: 0 });
    expect([sleeper.outcome, await object.seat.heard()]).toEqual([0, []]);
  });

  rule('a wait ends whatever happens: unmapped, its page lost for good, its pager gone', async (stage) => {
    await using object = await stage.byHand();
    const unmapped = await object.asleep(0);
    await object.region(0).unmap();
    expect(await unmapped.settled).not.toBe(0);
    await object.seat.control.lockRequest(0, PAGE, { returns: 'dirty', flush: true });
    object.seat.isBroken = true;
    expect(await (await object.asleep(1)).settled).toBe('KERN_MEMORY_ERROR');
    object.seat.isBroken = false;
    const cutOff = await object.asleep(1);
    object.seat.die();
    expect(await cutOff.settled).toBe('KERN_MEMORY_ERROR');
  });

  rule('sleeping has nothing to do with locking: neither the lock nor its loss is in its way', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const sleeper = await object.asleep(1);
    await object.wake(2);
    expect([sleeper.outcome, held.guard.isHeld]).toEqual([0, true]);
    await held.guard.unlock();
    await object.seat.settle();
    const lost = object.lock(0, 4);
    await object.seat.settle();
    object.seat.fail('ENOTRECOVERABLE', 4);
    expect(await lost.settled).toBe('ENOTRECOVERABLE');
    const other = await object.asleep(1, { offset: 4 });
    await object.wake(0, { offset: 4 });
    expect(other.outcome).toBe(0);
  });

  rule('by handle: another number, no number at all, and a wakeup', async (stage) => {
    await using object = await stage.byHand();
    const [mine, theirs] = [object.region(0).futex(0), object.region(1).futex(0)];
    expect(await theirs.wait(1)).toBe('changed');
    expect(await codeOf(theirs.wait(0.5))).toBe('EINVAL');
    const sleeper = theirs.wait(0n);
    await object.seat.settle();
    await mine.wake({ value: 3 });
    expect([await sleeper, await read(object.region(1), 0)]).toEqual(['woken', 3]);
  });
});
