import { afterAll, beforeAll } from 'vitest';
import { FutexLab, type FutexObject } from '../../task/memory/futex-lab.ts';
import { conform } from './rules.ts';
import { SLEEP } from './sections/index.ts';
import { type Place, SleepStage, type SleepWorld } from './sleep-stage.ts';

// The same rules for what tasks share: one sleeps, the other wakes.

let lab: FutexLab;
let object: FutexObject;
let words = 0;
beforeAll(async () => {
  lab = await FutexLab.start('with koffi');
  object = await lab.object();
});
afterAll(async () => {
  await object[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

/** Each place is a word that no rule has used before. */
const WORDS: SleepWorld = {
  isDistant: true,
  place: (): Place => {
    const [mine, theirs] = object.regions;
    const offset = (words += 1) * 4;
    return { here: mine.ident(offset), there: theirs.ident(offset) };
  },
  settle: async () => {
    // To the broker and back: whoever had something to say before has said it, and whoever had to be told has been.
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([lab.there, lab.here].map(({ task }) => task.traps.vm_region(0)));
    }
  },
};

conform('of words that two tasks map', () => new SleepStage(WORDS), SLEEP);
