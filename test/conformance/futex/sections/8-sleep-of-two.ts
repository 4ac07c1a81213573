import { FUTEX_FLAG } from 'easync';
import { expect } from 'vitest';
import { Called } from '../attempt.ts';
import { read, write } from '../kernel.ts';
import { theme } from '../rules.ts';
import type { Stage } from '../stage.ts';

const { SHARED, TIMED, BROADCAST, MUTATE } = FUTEX_FLAG;

export const sleepOfTwo = theme('§2.8, wait and wake of several brokers', (rule) => {
  rule('who is to sleep is registered with the pager before it compares: a store meanwhile is seen', async (stage) => {
    await using object = await stage.byHand();
    object.seat.hears = false;
    const sleeper = await object.asleep(0);
    expect(await object.seat.heard()).toEqual(['wait']);
    await write(object.region(1), 0, 1);
    object.seat.waiting();
    expect(await sleeper.settled).toBe('KERN_INVALID_ARGUMENT');
  });

  rule('another value is told at once, whatever the time: nobody is asked to tell of wakeups', async (stage) => {
    await using object = await stage.byHand();
    object.seat.hears = false;
    const { task } = stage.west.user(0);
    const { address } = object.region(0);
    const called = new Called(task.traps.vm_futex_wait(address, 1, 0, 0, SHARED | TIMED));
    expect(await called.settled).toBe('KERN_INVALID_ARGUMENT');
    expect(await object.region(0).futex(0).wait(1, { timeoutMs: 0 })).toBe('changed');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('a wakeup between the registration and its answer is not slept through', async (stage) => {
    await using object = await stage.byHand();
    object.seat.hears = false;
    const sleeper = await object.asleep(0);
    await write(object.region(1), 0, 1);
    await object.wake(1);
    object.seat.waiting();
    expect(await sleeper.settled).toBe('KERN_INVALID_ARGUMENT');
  });

  rule('registered once for all who follow, until a wakeup from elsewhere finds nobody', async (stage) => {
    await using object = await stage.byHand();
    const { control } = object.seat;
    const sleepers = [await object.asleep(0), await object.asleep(1)];
    expect(await object.seat.heard()).toEqual(['wait']);
    control.futexWoken(0, { reqId: 1, broadcast: false });
    expect(await object.seat.heard()).toEqual(['completed: woke true, waits true']);
    expect(sleepers.map(({ outcome }) => outcome)).toEqual([0, 'waits']);
    control.futexWoken(0, { reqId: 2, broadcast: true });
    expect(await object.seat.heard()).toEqual(['completed: woke true, waits false']);
    control.futexWoken(0, { reqId: 3, broadcast: false });
    expect(await object.seat.heard()).toEqual(['completed: woke false, waits false']);
    const next = await object.asleep(2);
    expect(await object.seat.heard()).toEqual(['wait']);
    control.futexWoken(0, { reqId: 4, broadcast: false });
    expect(await next.settled).toBe(0);
  });

  rule('the pager hears of a wakeup that met nobody here, or is for all; and of none that met one', async (stage) => {
    await using object = await stage.byHand();
    await object.wake(0);
    expect(await object.seat.heard()).toEqual(['wake']);
    const sleepers = [await object.asleep(1), await object.asleep(2)];
    await object.seat.heard();
    await object.wake(0);
    expect(await object.seat.heard()).toEqual([]);
    await object.wake(0, { flags: SHARED | BROADCAST });
    expect(await object.seat.heard()).toEqual(['wake, all']);
    expect(sleepers.map(({ outcome }) => outcome)).toEqual([0, 0]);
  });

  rule('what the pager refuses to register ends the wait', async (stage) => {
    await using object = await stage.byHand();
    object.seat.hears = false;
    const sleeper = await object.asleep(0);
    object.seat.fail('KERN_MEMORY_ERROR');
    expect(await sleeper.settled).toBe('KERN_MEMORY_ERROR');
    object.seat.hears = true;
    const next = await object.asleep(0);
    await object.wake(1);
    expect(next.outcome).toBe(0);
  });

  rule('one wakeup wakes one, wherever it sleeps: its own broker’s first, then the others’ in turn', async (stage) => {
    await using world = await sleepers(stage);
    for (let woken = 1; woken <= 4; woken += 1) {
      await world.wake(SHARED);
      expect(world.woken()).toBe(woken);
      if (woken === 1) expect(world.west.outcome).toBe(0);
    }
  });

  rule('with BROADCAST all of them, and with MUTATE they see the value', async (stage) => {
    await using world = await sleepers(stage);
    await world.wake(SHARED | BROADCAST | MUTATE, 77);
    expect(world.woken()).toBe(4);
    const { east, north } = stage;
    for (const kernel of [east, north]) expect(await read(world.object.region(kernel.user(0)), 0)).toBe(77);
  });

  rule('a wakeup that meets a broker whose sleepers have gone goes on to the next', async (stage) => {
    await using object = await stage.served();
    const [west, east, north] = [stage.west.user(0), stage.east.user(0), stage.north.user(0)];
    const gaveUp = new AbortController();
    const first = object.region(east).futex(0).wait(0, { signal: gaveUp.signal });
    first.catch(() => undefined);
    await object.settle();
    const second = object.region(north).futex(0).wait(0);
    await object.settle();
    gaveUp.abort();
    await expect(first).rejects.toMatchObject({ code: 'KERN_INTERRUPTED' });
    await object.region(west).futex(0).wake();
    expect(await second).toBe('woken');
  });

  rule('no wakeup is lost, whichever comes first', async (stage) => {
    await using object = await stage.served();
    const [here, there] = [object.region(stage.west.user(0)), object.region(stage.east.user(0))];
    const results = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const waiting = there.futex(0).wait(round);
      if (round % 3 === 2) await object.settle();
      const storing = (async () => {
        await write(here, 0, round + 1);
        await here.futex(0).wake();
      })();
      results.add(await waiting);
      await storing;
    }
    expect(results.has('woken')).toBe(true);
  });
});

type World = AsyncDisposable & {
  object: Awaited<ReturnType<Stage['served']>>;
  /** The one of the waker's own broker. */
  west: Called;
  wake(flags: number, value?: number): Promise<void>;
  woken(): number;
};

/** Four sleepers of three brokers, on a word that is 0. */
async function sleepers(stage: Stage): Promise<World> {
  const object = await stage.served();
  const users = [stage.east.user(0), stage.west.user(0), stage.north.user(0), stage.north.user(1)];
  const asleep: Called[] = [];
  for (const user of users) {
    const { address } = object.region(user);
    asleep.push(new Called(user.task.traps.vm_futex_wait(address, 0, 0, 0, SHARED)));
    await object.settle();
  }
  const [, west] = asleep;
  if (west === undefined) throw new Error('nobody sleeps');
  return {
    object,
    west,
    async wake(flags, value = 0) {
      const waker = stage.west.user(1);
      await waker.task.traps.vm_futex_wake(object.region(waker).address, value, flags);
      await object.settle();
    },
    woken: () => asleep.filter(({ outcome }) => outcome === 0).length,
    [Symbol.asyncDispose]: () => object[Symbol.asyncDispose](),
  };
}
