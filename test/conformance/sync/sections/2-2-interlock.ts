import { InvariantError } from 'easync';
import { prepare, Waiter, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

export const interlock = section<SleepStage>('§2.2 the interlock', (rule) => {
  rule('a wakeup between prepare and sleep: the sleep returns 0 at once', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    await wakeup(there);
    await stage.settle();
    expect((await stage.commit(waiter)).outcome).toBe(0);
  });

  rule('a wakeup before prepare is not seen', async (stage) => {
    const { here, there } = stage.place();
    await wakeup(there);
    const waiter = await prepare(here);
    expect((await stage.commit(waiter)).outcome).toBe('asleep');
  });

  rule('one interlock is good for one sleep', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    await wakeup(there);
    await stage.settle();
    await stage.commit(waiter);
    expect(await rejection(waiter.sleep())).toBeInstanceOf(InvariantError);
  });

  rule('an interlock is consumed by the first of many wakeups', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    for (let i = 0; i < 3; i += 1) await wakeup(there);
    await stage.settle();
    expect((await stage.commit(waiter)).outcome).toBe(0);
    await waiter.prepare(here);
    expect((await stage.commit(waiter)).outcome).toBe('asleep');
  });

  rule('a new one on another ident replaces the old: wakeups of the old do nothing', async (stage) => {
    const [old, now] = [stage.place(), stage.place()];
    const waiter = await prepare(old.here);
    await waiter.prepare(now.here);
    await wakeup(old.there);
    await stage.settle();
    const sleeper = await stage.commit(waiter);
    await wakeup(old.there);
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    await wakeup(now.there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a new one voids what the old has consumed', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    await wakeup(there);
    await stage.settle();
    await waiter.prepare(here);
    expect((await stage.commit(waiter)).outcome).toBe('asleep');
  });

  rule('a new one on the same ident is at the end of the queue', async (stage) => {
    const { here, there } = stage.place();
    const [first, second] = [await prepare(here), await prepare(here)];
    await first.prepare(here);
    const sleepers = [await stage.commit(first), await stage.commit(second)];
    await wakeupOne(there);
    expect(await stage.outcomes(...sleepers)).toEqual(['asleep', 0]);
  });

  rule('a new one is in its own domain, and not in that of the old', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here, { domain: 1 });
    await waiter.prepare(here, { domain: 2 });
    const sleeper = await stage.commit(waiter);
    await wakeupDomain(there, 1);
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    await wakeupDomain(there, 2);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a left-over one takes no wakeup of one from who sleeps', async (stage) => {
    const { here, there } = stage.place();
    const leftOver = await prepare(here);
    const sleeper = await stage.asleep(here);
    await wakeupOne(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    leftOver.remove();
  });

  rule('tsleep_remove takes it out: there is nothing to sleep on then', async (stage) => {
    const { here } = stage.place();
    const waiter = await prepare(here);
    waiter.remove();
    expect(await rejection(waiter.sleep())).toBeInstanceOf(InvariantError);
  });

  rule('tsleep_remove with nothing prepared does no harm', async (stage) => {
    const waiter = new Waiter();
    waiter.remove();
    waiter.remove();
    const { here, there } = stage.place();
    await waiter.prepare(here);
    await wakeup(there);
    await stage.settle();
    expect((await stage.commit(waiter)).outcome).toBe(0);
  });

  rule('the end of its block takes it out', async (stage) => {
    const { here } = stage.place();
    let outside: Waiter;
    {
      using waiter = await prepare(here);
      outside = waiter;
    }
    expect(await rejection(outside.sleep())).toBeInstanceOf(InvariantError);
  });

  rule('each waiter has a slot of its own: one can be prepared while another sleeps', async (stage) => {
    const [one, other] = [stage.place(), stage.place()];
    const sleeper = await stage.asleep(one.here);
    const waiter = await prepare(other.here);
    await wakeup(one.there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect((await stage.commit(waiter)).outcome).toBe('asleep');
  });

  rule('while it sleeps its slot is not free: preparing then is a panic', async (stage) => {
    const { here } = stage.place();
    const waiter = await prepare(here);
    const sleeper = await stage.commit(waiter);
    expect(await rejection((async () => waiter.prepare(here))())).toBeInstanceOf(InvariantError);
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
  });
});
