import { keeper } from './2-keeper.ts';
import { requeue } from './7-requeue.ts';
import { robust } from './4-robust.ts';
import { seed } from './1-seed.ts';
import { sleep } from './6-sleep.ts';
import { sleepOfTwo } from './8-sleep-of-two.ts';

/** pager.md §2, theme by theme. */
export const THEMES = [seed, keeper, robust, sleep, requeue, sleepOfTwo];
