import type { Model } from '../../explorer/explore.ts';
import { Interned } from '../../explorer/interned.ts';
import { takeSteps } from '../../explorer/take-steps.ts';
import { check, checkQuiet } from './checks.ts';
import { Machines, type Replaced } from './machines.ts';
import { stepsOfBroker } from './steps-broker.ts';
import { stepsOfPager } from './steps-pager.ts';
import { type Bounds, type Broker, newWhole, type Step, type System, type Whole } from './whole.ts';

/** The shipped machines of several kernels, and of the pager between them, with what brokers and tasks do around them. */
export function kernelsSystem(bounds: Bounds, replaced: Replaced = {}): Model {
  const parts = new Interned<string>();
  const steps = (whole: Whole): Step[] => [
    ...whole.brokers.flatMap((_, number) => stepsOfBroker(system, whole, number)),
    ...stepsOfPager(system, whole),
  ];
  const system: System = { machines: new Machines(replaced), replaced, bounds, steps };
  const intern = (part: object): number => {
    const text = JSON.stringify(part);
    return parts.add(text, text);
  };
  // Each broker is a part of its own: there are far fewer of them than of all together.
  const save = ({ brokers, touched, ...rest }: Whole, from?: ArrayLike<number>): number[] => [
    intern(rest),
    ...brokers.map((broker, index) => (touched.has(index) ? intern(broker) : (from?.[index + 1] ?? intern(broker)))),
  ];
  const seenBrokers: Broker[] = [];
  const load = (state: ArrayLike<number>): Whole => {
    const [rest = 0, ...numbers] = Array.from(state);
    const brokers = numbers.map((part) => (seenBrokers[part] ??= JSON.parse(parts.get(part)) as Broker));
    return { ...(JSON.parse(parts.get(rest)) as Whole), brokers, touched: new Set() };
  };
  return {
    start: save(start(system)),
    steps: (state, visit) => {
      const seen = load(state);
      check(system, seen);
      const of = { load: () => load(state), save: (whole: Whole) => save(whole, state) };
      takeSteps(steps(seen), { ...of, checkQuiet: () => checkQuiet(system, seen) }, visit);
    },
    canonical: (state) => state,
  };
}

/** All have the object but those that map it later. */
function start(system: System): Whole {
  const whole = newWhole(system);
  for (const number of whole.brokers.keys()) {
    if (number < system.bounds.late) continue;
    const map = stepsOfBroker(system, whole, number).find(({ name }) => name.endsWith('maps the object'));
    map?.take(whole);
    const next = (): Step | undefined => system.steps(whole).find(({ isProgress }) => isProgress);
    for (let step = next(); step !== undefined; step = next()) step.take(whole);
  }
  return whole;
}
