import { sleep, wakeup } from 'easync/sync';
import { expect } from 'vitest';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

export const model = section<SleepStage>('§2.1 the model', (rule) => {
  rule('a wakeup with no sleeper is forgotten: there is no latch', async (stage) => {
    const { here, there } = stage.place();
    await wakeup(there);
    const sleeper = await stage.asleep(here);
    expect(sleeper.outcome).toBe('asleep');
  });

  rule('nothing is counted: of two wakeups the second is not for who sleeps next', async (stage) => {
    const { here, there } = stage.place();
    const first = await stage.asleep(here);
    await wakeup(there);
    await wakeup(there);
    expect(await stage.outcomes(first)).toEqual([0]);
    const second = await stage.asleep(here);
    expect(second.outcome).toBe('asleep');
  });

  rule('a wakeup is for all who sleep on the ident', async (stage) => {
    const { here, there } = stage.place();
    const sleepers = [await stage.asleep(here), await stage.asleep(here), await stage.asleep(there)];
    await wakeup(there);
    expect(await stage.outcomes(...sleepers)).toEqual([0, 0, 0]);
  });

  rule('a wakeup is for nobody who sleeps on another', async (stage) => {
    const [one, other] = [stage.place(), stage.place()];
    const sleeper = await stage.asleep(one.here);
    await wakeup(other.there);
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
  });

  rule('one can be woken and sleep on the same ident again', async (stage) => {
    const { here, there } = stage.place();
    for (let round = 0; round < 3; round += 1) {
      const sleeper = await stage.asleep(here);
      await wakeup(there);
      expect(await stage.outcomes(sleeper)).toEqual([0]);
    }
  });
});

export const localModel = section<SleepStage>('§2.1 the model', (rule) => {
  rule('idents are compared and nothing else: two objects that look the same are two', async (stage) => {
    const sleeper = await stage.asleep(stage.place().here);
    wakeup({});
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
  });

  rule('strings are the same by what they say, symbols by themselves', async (stage) => {
    const symbol = Symbol('run queue');
    const [string, mine, theirs] = [sleep('§2.1 a'), sleep(symbol), sleep(Symbol.for('run queue'))];
    wakeup(['§2.1', 'a'].join(' '));
    expect(await string).toEqual({ code: 0 });
    const sleeper = await stage.follow(mine);
    wakeup(Symbol.for('run queue'));
    expect(await theirs).toEqual({ code: 0 });
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    wakeup(symbol);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('collisions wake nobody: of thousands of idents one is hit', async (stage) => {
    const idents = Array.from({ length: 4002 }, () => ({}));
    const woken: number[] = [];
    const all = idents.map((ident, i) => sleep(ident).then(() => woken.push(i)));
    wakeup(idents.at(-1) ?? {});
    await stage.settle();
    expect(woken).toEqual([4001]);
    for (const ident of idents) wakeup(ident);
    await Promise.all(all);
  });

  rule('a wakeup returns first: whom it wakes runs later', async (stage) => {
    const { here } = stage.place();
    const ran: string[] = [];
    const sleeping = sleep(here).then(() => ran.push('sleeper'));
    wakeup(here);
    ran.push('waker');
    await sleeping;
    expect(ran).toEqual(['waker', 'sleeper']);
  });

  rule('those that a wakeup wakes go on in the order in which they came', async (stage) => {
    const { here } = stage.place();
    const ran: number[] = [];
    const all = [0, 1, 2, 3].map((i) => sleep(here).then(() => ran.push(i)));
    wakeup(here);
    await Promise.all(all);
    expect(ran).toEqual([0, 1, 2, 3]);
  });
});
