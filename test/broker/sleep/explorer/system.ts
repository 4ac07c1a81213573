import type { Model } from '../../../explorer/explore.ts';
import { Interned } from '../../../explorer/interned.ts';
import { type StepOf, takeSteps } from '../../../explorer/take-steps.ts';
import type { Bounds, Fault } from './bounds.ts';
import { BrokerSide } from './broker-side.ts';
import { checkAlways, checkQuiet } from './rules.ts';
import { stepsOfSleeper } from './steps-sleeper.ts';
import { stepsOfWaker } from './steps-waker.ts';
import { at, type Whole } from './whole.ts';

export type Step = StepOf<Whole>;

export type System = {
  bounds: Bounds;
  fault: Fault | null;
  broker: BrokerSide;
  /** What a task that looks into the table finds. */
  isListed: (whole: Whole) => boolean;
};

/** Tasks that sleep and wake, each with its link to the shipped broker's side. Every order in which they and it take their steps. */
export function system(bounds: Bounds, fault: Fault | null = null): Model & Disposable {
  const wholes = new Interned<string>();
  const broker = new BrokerSide(bounds, fault);
  const isLate = fault === 'the table is late';
  const rig: System = { bounds, fault, broker, isListed: (whole) => (isLate ? whole.listed : broker.isListed) };
  const save = (whole: Whole): number[] => {
    const text = JSON.stringify(whole);
    return [wholes.add(text, text)];
  };
  const load = (number = 0): Whole => {
    const whole = JSON.parse(wholes.get(number)) as Whole;
    broker.load(whole);
    return whole;
  };
  return {
    start: save(startOf(bounds)),
    canonical: (state) => state,
    [Symbol.dispose]: () => broker[Symbol.dispose](),
    steps: (state, visit) => {
      const seen = load(state[0]);
      const steps = [
        ...seen.sleepers.flatMap((_, index) => stepsOfSleeper(rig, seen, index)),
        ...seen.wakers.flatMap((_, index) => stepsOfWaker(rig, seen, index)),
        ...stepsOfBroker(rig, seen, isLate),
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

function stepsOfBroker({ bounds, broker }: System, seen: Whole, isLate: boolean): Step[] {
  const steps: Step[] = [];
  const add = (name: string, take: (whole: Whole) => void): void => void steps.push({ name, isProgress: true, take });
  for (const [index, [said]] of seen.up.entries()) {
    if (said === undefined) continue;
    const ways = said.say === 'prepare' && bounds.on === 'word' ? [false, true] : [false];
    for (const isAsked of ways) {
      add(`the broker hears '${said.say}' of task ${index + 1}${isAsked ? ' and asks the pager' : ''}`, (whole) => {
        at(whole.up, index).shift();
        broker.handle(whole, index + 1, said, isAsked);
      });
    }
  }
  if (seen.asked.length > 0) add('the pager answers', (whole) => broker.listening(whole));
  if (isLate && seen.listed !== broker.isListed) {
    add('the table says so', (whole) => void (whole.listed = broker.isListed));
  }
  return steps;
}

function startOf({ sleepers, wakers, budget }: Bounds): Whole {
  const tasks = sleepers + wakers;
  return {
    sleepers: Array.from({ length: sleepers }, () => ({ at: 'start', number: 0, isThere: false })),
    wakers: Array.from({ length: wakers }, () => ({ at: 'start', found: false })),
    things: 0,
    up: Array.from({ length: tasks }, () => []),
    down: Array.from({ length: tasks }, () => []),
    entries: [],
    asked: [],
    listed: false,
    left: budget,
  };
}
