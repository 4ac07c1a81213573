import { newSleeper, SLEEPER_ROWS, type SleeperRows, SleepQueues } from '../../src/sleep/index.ts';
import { type Model, Violation } from '../explorer/explore.ts';
import { Interned } from '../explorer/interned.ts';
import { type StepOf, takeSteps } from '../explorer/take-steps.ts';
import type { Bounds, Faults, Queues } from './bounds.ts';
import { canonical } from './canonical.ts';
import { checkAlways, checkQuiet } from './rules.ts';
import { stepsOfWaiter } from './steps-waiter.ts';
import { stepsOfWaker } from './steps-waker.ts';
import type { Saved, Whole } from './whole.ts';

export type Step = StepOf<Whole>;

/** Who takes steps: the shipped rows and queues, or what is wrong with them. */
export type Rig = {
  bounds: Bounds;
  faults: Faults;
  rows: SleeperRows;
  must: (rule: string, holds: boolean, what: () => string) => void;
};

/** Waiters and wakers around the shipped machine of sleep and wakeup, one thing that they share, and the lock that protects it. */
export function system(bounds: Bounds, faults: Faults = {}): Model {
  const wholes = new Interned<string>();
  const rig: Rig = {
    bounds,
    faults,
    rows: { ...SLEEPER_ROWS, ...faults.rows },
    must: (rule, holds, what) => {
      if (!holds && faults.blindTo?.includes(rule) !== true) throw new Violation(rule, what());
    },
  };
  const NewQueues: new () => Queues = faults.queues ?? SleepQueues;
  const add = (saved: Saved): number[] => {
    const text = JSON.stringify(saved);
    return [wholes.add(text, text)];
  };
  const save = ({ queues, ...rest }: Whole): number[] => add({ ...rest, entries: [...queues.entries()] });
  const load = (number = 0): Whole => {
    const { entries, ...rest } = JSON.parse(wholes.get(number)) as Saved;
    const queues = new NewQueues();
    for (const { sleeper, ident, domain, isAsleep } of entries) {
      SleepQueues.prototype.prepare.call(queues, sleeper, ident, domain);
      if (isAsleep) SleepQueues.prototype.asleep.call(queues, sleeper);
    }
    return { ...rest, queues };
  };
  return {
    start: save(startOf(bounds)),
    canonical: ([number = 0]) => add(canonical(bounds, JSON.parse(wholes.get(number)) as Saved)),
    steps: (state, visit) => {
      const seen = load(state[0]);
      const steps = [
        ...seen.waiters.flatMap((_, number) => stepsOfWaiter(rig, seen, number)),
        ...seen.wakers.flatMap((_, number) => stepsOfWaker(rig, seen, number)),
      ];
      const around = {
        load: () => load(state[0]),
        save,
        check: (whole: Whole) => checkAlways(rig, whole),
        checkQuiet: () => checkQuiet(rig, seen),
      };
      takeSteps(steps, around, visit);
    },
  };
}

function startOf({ waiters, wakers, budget }: Bounds): Whole {
  return {
    waiters: waiters.map(() => ({
      at: 'start',
      sleeper: newSleeper(),
      isAborted: false,
      isTold: false,
      isLate: false,
      hasOther: false,
    })),
    wakers: wakers.map(({ posts }) => ({ at: 'start', posts })),
    isLocked: false,
    things: {},
    left: budget,
    queues: new SleepQueues(),
  };
}
