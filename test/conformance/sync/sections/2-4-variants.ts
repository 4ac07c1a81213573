import { delayWakeups, prepare, sleep, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

export const variants = section<SleepStage>('§2.4 wakeup variants', (rule) => {
  rule('sleepers with a domain are not hit by plain wakeup', async (stage) => {
    const { here, there } = stage.place();
    const [plain, inOne] = [await stage.asleep(here), await stage.asleep(here, { domain: 1 })];
    await wakeup(there);
    expect(await stage.outcomes(plain, inOne)).toEqual([0, 'asleep']);
  });

  rule('wakeup_domain: only those who passed the same bits, and not some of them', async (stage) => {
    const { here, there } = stage.place();
    const [plain, one, two, both] = [
      await stage.asleep(here),
      await stage.asleep(here, { domain: 1 }),
      await stage.asleep(here, { domain: 2 }),
      await stage.asleep(here, { domain: 3 }),
    ];
    await wakeupDomain(there, 1);
    expect(await stage.outcomes(plain, one, two, both)).toEqual(['asleep', 0, 'asleep', 'asleep']);
    await wakeupDomain(there, 3);
    expect(await stage.outcomes(plain, two, both)).toEqual(['asleep', 'asleep', 0]);
  });

  rule('wakeup is wakeup_domain of 0', async (stage) => {
    const { here, there } = stage.place();
    const sleepers = [await stage.asleep(here, { domain: 0 }), await stage.asleep(here)];
    await wakeupDomain(there, 0);
    expect(await stage.outcomes(...sleepers)).toEqual([0, 0]);
  });

  rule('domains have 32 bits', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here, { domain: 0xffff_ffff });
    await wakeupDomain(there, 0xffff_ffff);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    for (const domain of [-1, 2 ** 32, 1.5]) {
      expect(await rejection((async () => wakeupDomain(there, domain))())).toMatchObject({ code: 'EINVAL' });
      expect(await rejection((async () => wakeupOne(there, { domain }))())).toMatchObject({ code: 'EINVAL' });
      expect(await rejection((async () => sleep(here, { domain }))())).toMatchObject({ code: 'EINVAL' });
    }
  });

  rule('wakeup_one: the first in the queue, one by one', async (stage) => {
    const { here, there } = stage.place();
    const sleepers = [await stage.asleep(here), await stage.asleep(here), await stage.asleep(here)];
    await wakeupOne(there);
    expect(await stage.outcomes(...sleepers)).toEqual([0, 'asleep', 'asleep']);
    await wakeupOne(there);
    expect(await stage.outcomes(...sleepers)).toEqual([0, 0, 'asleep']);
    await wakeupOne(there);
    expect(await stage.outcomes(...sleepers)).toEqual([0, 0, 0]);
  });

  rule('wakeup_one with nobody there is forgotten, too', async (stage) => {
    const { here, there } = stage.place();
    await wakeupOne(there);
    expect((await stage.asleep(here)).outcome).toBe('asleep');
  });

  rule('wakeup_one keeps to domain 0, its form with a domain to that', async (stage) => {
    const { here, there } = stage.place();
    const [inTwo, plain] = [await stage.asleep(here, { domain: 2 }), await stage.asleep(here)];
    await wakeupOne(there);
    expect(await stage.outcomes(inTwo, plain)).toEqual(['asleep', 0]);
    await wakeupOne(there, { domain: 2 });
    expect(await stage.outcomes(inTwo)).toEqual([0]);
  });

  rule('wakeup_one: who is only interlocked is dequeued and does not count', async (stage) => {
    const { here, there } = stage.place();
    const interlocked = await prepare(here);
    const [first, second] = [await stage.asleep(here), await stage.asleep(here)];
    await wakeupOne(there);
    expect(await stage.outcomes(first, second)).toEqual([0, 'asleep']);
    expect((await stage.commit(interlocked)).outcome).toBe(0);
  });

  rule('wakeup_one: who is only interlocked and behind a sleeper stays', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here);
    const interlocked = await prepare(here);
    await wakeupOne(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect((await stage.commit(interlocked)).outcome).toBe('asleep');
  });

  rule('wakeup_one: with none descheduled all who are interlocked are dequeued', async (stage) => {
    const { here, there } = stage.place();
    const waiters = [await prepare(here), await prepare(here)];
    await wakeupOne(there);
    await stage.settle();
    for (const waiter of waiters) expect((await stage.commit(waiter)).outcome).toBe(0);
  });

  rule('wakeup_one: at least one if any, however many are interlocked before it', async (stage) => {
    const { here, there } = stage.place();
    for (let i = 0; i < 10; i += 1) await prepare(here);
    const sleeper = await stage.asleep(here);
    await wakeupOne(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });
});

export const delayed = section<SleepStage>('§2.4 delayed wakeups', (rule) => {
  rule('a plain wakeup waits for the end of the section', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here);
    {
      using _section = delayWakeups();
      await wakeup(there);
      expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    }
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('wakeup_one is not delayed', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here);
    using _section = delayWakeups();
    await wakeupOne(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('wakeup_domain is not delayed', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here, { domain: 1 });
    using _section = delayWakeups();
    await wakeupDomain(there, 1);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('several of one ident are one: who is woken and sleeps again at the end is not woken twice', async (stage) => {
    const { here, there } = stage.place();
    const first = await stage.asleep(here);
    {
      using _section = delayWakeups();
      await wakeup(there);
      await wakeup(there);
    }
    await first.settled;
    expect((await stage.asleep(here)).outcome).toBe('asleep');
  });

  rule('outside of it wakeups are as ever', async (stage) => {
    const { here, there } = stage.place();
    delayWakeups()[Symbol.dispose]();
    const sleeper = await stage.asleep(here);
    await wakeup(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a sleep flushes what is parked before it sleeps', async (stage) => {
    const [one, other] = [stage.place(), stage.place()];
    const sleeper = await stage.asleep(one.here);
    using _section = delayWakeups();
    await wakeup(one.there);
    await stage.asleep(other.here);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a sleep ends the section: wakeups after it are not delayed', async (stage) => {
    const [one, other] = [stage.place(), stage.place()];
    using _section = delayWakeups();
    const sleeper = await stage.asleep(one.here);
    await wakeup(one.there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    await stage.asleep(other.here);
  });

  rule('the end of a section that a sleep has ended does not end a new one', async (stage) => {
    const [one, other] = [stage.place(), stage.place()];
    const sleeper = await stage.asleep(one.here);
    const old = delayWakeups();
    await stage.asleep(other.here);
    using now = delayWakeups();
    await wakeup(one.there);
    old[Symbol.dispose]();
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    now[Symbol.dispose]();
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });
});

export const localDelayed = section<SleepStage>('§2.4 delayed wakeups', (rule) => {
  rule('the end fires them in the order in which they came, each once', async (stage) => {
    const idents = Array.from({ length: 4 }, () => stage.place().here);
    const ran: number[] = [];
    const all = idents.map((ident, i) => sleep(ident).then(() => ran.push(i)));
    {
      using _section = delayWakeups();
      for (const i of [2, 0, 2, 3, 0, 1]) wakeup(idents[i] ?? {});
    }
    await Promise.all(all);
    expect(ran).toEqual([2, 0, 3, 1]);
  });

  rule('none is fired early, however many idents there are: a set, and not two slots (§5)', async (stage) => {
    const sleepers = [];
    for (let i = 0; i < 5; i += 1) sleepers.push(await stage.asleep(stage.place().here));
    const section = delayWakeups();
    const idents = sleepers.map(() => stage.place().here);
    for (const ident of idents) wakeup(ident);
    expect(await stage.outcomes(...sleepers)).toEqual(sleepers.map(() => 'asleep'));
    section[Symbol.dispose]();
  });

  rule('a sleep whose own event is withheld does not sleep for ever', async (stage) => {
    const { here } = stage.place();
    const waiter = prepare(here);
    using _section = delayWakeups();
    wakeup(here);
    expect((await stage.commit(waiter)).outcome).toBe(0);
  });
});
