import { dlm } from './5-dlm.ts';
import { fairness } from './10-fairness.ts';
import { fencing } from './11-fencing.ts';
import { keeper } from './2-keeper.ts';
import { master } from './3-master.ts';
import { races } from './9-races.ts';
import { requeue } from './7-requeue.ts';
import { robust } from './4-robust.ts';
import { seed } from './1-seed.ts';
import { sleep } from './6-sleep.ts';
import { sleepOfTwo } from './8-sleep-of-two.ts';

/** pager.md §2, theme by theme. */
export const THEMES = [seed, keeper, master, robust, dlm, sleep, requeue, sleepOfTwo, races, fairness, fencing];
