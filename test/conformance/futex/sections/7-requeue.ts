import { FUTEX_FLAG } from 'easync';
import { expect } from 'vitest';
import type { Called } from '../attempt.ts';
import type { ByHand } from '../by-hand.ts';
import { read, write } from '../kernel.ts';
import { theme } from '../rules.ts';

const { SHARED, TIMED, BROADCAST, MUTATE } = FUTEX_FLAG;
const TARGET = 4;

export const requeue = theme('§2.8, requeue', (rule) => {
  rule('moves one, the oldest, to the end of the target, and wakes nobody', async (stage) => {
    await using object = await stage.byHand();
    const there = await object.asleep(2, { offset: TARGET });
    const [first, second] = [await object.asleep(0), await object.asleep(1)];
    await move(object, {});
    expect(outcomes(there, first, second)).toEqual(['waits', 'waits', 'waits']);
    await object.wake(2, { offset: TARGET });
    expect(outcomes(there, first, second)).toEqual([0, 'waits', 'waits']);
    await object.wake(2, { offset: TARGET });
    expect(outcomes(first, second)).toEqual([0, 'waits']);
    await object.wake(2);
    expect(second.outcome).toBe(0);
  });

  rule('with BROADCAST all, in their order', async (stage) => {
    await using object = await stage.byHand();
    const there = await object.asleep(0, { offset: TARGET });
    const moved = [await object.asleep(2), await object.asleep(0), await object.asleep(1)];
    await move(object, { flags: SHARED | BROADCAST });
    await object.wake(0, { flags: SHARED | BROADCAST });
    for (const sleeper of [there, ...moved]) {
      expect(sleeper.outcome).toBe('waits');
      await object.wake(0, { offset: TARGET });
      expect(sleeper.outcome).toBe(0);
    }
  });

  rule('with wakeOne the oldest is woken besides; where there is only one, that is all', async (stage) => {
    await using object = await stage.byHand();
    const sleepers = [await object.asleep(2), await object.asleep(0), await object.asleep(1)];
    await move(object, { wakeOne: true });
    expect(outcomes(...sleepers)).toEqual([0, 'waits', 'waits']);
    await object.wake(0, { offset: TARGET, flags: SHARED | BROADCAST });
    expect(outcomes(...sleepers)).toEqual([0, 0, 'waits']);
    await move(object, { wakeOne: true });
    expect(outcomes(...sleepers)).toEqual([0, 0, 0]);
    const all = [await object.asleep(2), await object.asleep(0), await object.asleep(1)];
    await move(object, { wakeOne: true, flags: SHARED | BROADCAST });
    expect(outcomes(...all)).toEqual([0, 'waits', 'waits']);
    await object.wake(0, { offset: TARGET, flags: SHARED | BROADCAST });
    expect(outcomes(...all)).toEqual([0, 0, 0]);
  });

  rule('of nobody it is a success, and is not remembered; onto itself it loses nobody', async (stage) => {
    await using object = await stage.byHand();
    expect(await move(object, { wakeOne: true, flags: SHARED | BROADCAST })).toBe(0);
    const sleepers = [await object.asleep(0), await object.asleep(1)];
    expect(outcomes(...sleepers)).toEqual(['waits', 'waits']);
    await move(object, { target: 0 });
    await object.wake(2);
    // The first is behind the second now.
    expect(outcomes(...sleepers)).toEqual(['waits', 0]);
    await object.wake(2);
    expect(outcomes(...sleepers)).toEqual([0, 0]);
  });

  rule(
    'who was moved can still give up, and takes no wakeup along; who is woken does not look at either word',
    async (stage) => {
      await using object = await stage.byHand();
      const gaveUp = new AbortController();
      const interrupted = object.call(0, (traps, at) => traps.vm_futex_wait(at, 0, 0, 0, SHARED, gaveUp.signal));
      const timed = await object.asleep(0, { msec: 40, flags: SHARED | TIMED });
      const sleeper = await object.asleep(1);
      await move(object, { flags: SHARED | BROADCAST });
      gaveUp.abort();
      expect([await interrupted.settled, await timed.settled]).toEqual(['KERN_INTERRUPTED', 'KERN_TIMEDOUT']);
      await write(object.region(2), 0, 7, 7);
      await object.wake(2, { offset: TARGET, flags: SHARED | MUTATE, value: 8 });
      expect(sleeper.outcome).toBe(0);
      expect([await read(object.region(0), 0), await read(object.region(0), TARGET)]).toEqual([7, 8]);
    },
  );

  rule('local ones move among local words, and shared ones stay', async (stage) => {
    await using object = await stage.byHand();
    const [local, shared] = [await object.asleep(0, { flags: 0 }), await object.asleep(0)];
    await move(object, { flags: BROADCAST });
    await object.wake(0, { offset: TARGET, flags: SHARED | BROADCAST });
    await object.wake(0, { flags: BROADCAST });
    expect(outcomes(local, shared)).toEqual(['waits', 'waits']);
    await object.wake(0, { offset: TARGET, flags: 0 });
    await object.wake(0);
    expect(outcomes(local, shared)).toEqual([0, 0]);
  });
});

type Moving = { wakeOne?: boolean; flags?: number; target?: number };

async function move(object: ByHand, { wakeOne = false, flags = SHARED, target = TARGET }: Moving): Promise<unknown> {
  const call = object.call(0, (traps, at) => traps.vm_futex_requeue(at, at + target, wakeOne, flags));
  const code = await call.settled;
  await object.seat.settle();
  return code;
}

function outcomes(...sleepers: readonly Called[]): unknown[] {
  return sleepers.map(({ outcome }) => outcome);
}
