import { BrokenBy, Violation, type Visit } from './explore.ts';

/** Something that can happen. `isProgress`: it happens by itself; a timer and a signal may never. */
export type StepOf<Whole> = { name: string; isProgress: boolean; take: (whole: Whole) => void };

/** What is done with the whole that a state stands for. */
type Around<Whole> = {
  /** A copy for one step to change. */
  load: () => Whole;
  save: (whole: Whole) => number[];
  /** After every step. */
  check?: (whole: Whole) => void;
  /** Where nothing happens by itself any more. */
  checkQuiet: () => void;
};

/** Takes each of the steps that are possible in a state, in their order. A rule that one of them breaks is broken by its name. */
export function takeSteps<Whole>(steps: readonly StepOf<Whole>[], around: Around<Whole>, visit: Visit): void {
  if (steps.every(({ isProgress }) => !isProgress)) around.checkQuiet();
  for (const { name, take } of steps) {
    const whole = around.load();
    try {
      take(whole);
      around.check?.(whole);
    } catch (error) {
      throw error instanceof Violation ? new BrokenBy(name, error) : error;
    }
    visit(() => name, around.save(whole));
  }
}
