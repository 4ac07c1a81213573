import { critical, sleep, wakeup } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

export const localCritical = section<SleepStage>('§2.7 critical sections', (rule) => {
  rule('what one sends to oneself runs at once, critical section or not', async (stage) => {
    const sleeper = await stage.asleep(stage.place().here);
    const { here, there } = stage.place();
    const other = await stage.asleep(here);
    await critical(async () => {
      await wakeup(there);
      expect(await stage.outcomes(other, sleeper)).toEqual([0, 'asleep']);
    });
  });

  rule('sleeping inside gives the section up until it goes on', async (stage) => {
    const { here, there } = stage.place();
    const inside = stage.follow(critical(() => sleep(here)));
    const sleeper = await inside;
    await wakeup(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('answers and throws as what runs inside, nested or not', async () => {
    expect(await critical(() => critical(async () => 7))).toBe(7);
    const error = await rejection(critical(() => critical(() => Promise.reject(new RangeError('mine')))));
    expect(error).toBeInstanceOf(RangeError);
    expect(await critical(() => 8)).toBe(8);
  });
});
