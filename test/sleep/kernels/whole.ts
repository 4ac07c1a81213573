import type { FromPager, ToPager } from '../../../src/vm/index.ts';
import type { Effect } from '../../../src/vm/index.ts';
import type { StepOf } from '../../explorer/take-steps.ts';
import type { Machines, Replaced } from './machines.ts';

/**
 * How often each may happen. `sleepers`: at once, at each of the kernels that have any (the last `sleeping`); `waits`: how often one of them
 * prepares, at each. Of all kernels together: `all` and `one` wakeups, by the first `waking`. The first `late` kernels map the object later.
 */
export type Bounds = {
  kernels: number;
  sleeping: number;
  waking: number;
  sleepers: number;
  waits: number;
  all: number;
  one: number;
  giveUps: number;
  deaths: number;
  pagerDeaths: number;
  late: number;
  detaches: number;
  congestions: number;
};

/** In a queue: the value of what it waits for when it was told that it is prepared, and when it went to sleep. */
export type Sleeper = { since: number; asleep: number | null };

/** A task that wakes: it has stored a value, has seen that it must tell its broker, or its broker waits until it can tell others. */
export type Waker = { is: 'stored' | 'seen' | 'room'; one: boolean; value: number };

/** A broker, around the shipped machine `vm`. */
export type Broker = {
  isAlive: boolean;
  vm: number;
  isMapped: boolean;
  /** It has said `init`, and not `terminate` since. */
  hasPort: boolean;
  /** Others have sleepers: what its tasks see. */
  flag: boolean;
  queue: Sleeper[];
  /** Tasks that wait to hear that they are prepared; of them no wakeup can be told yet. */
  preparing: number;
  begun: number;
  waker: Waker | null;
  up: (ToPager | { kind: 'dead' })[];
  down: FromPager[];
  /** Effects that tasks may look in between of. */
  todo: Effect[];
  isCongested: boolean;
};

export type Whole = {
  /** Of what all wait for: how often it was stored. */
  value: number;
  brokers: Broker[];
  /** The shipped machine of the pager; -1: it has died. */
  pager: number;
  left: Bounds;
  /** Wakeups of one there were, sleepers they woke; the greatest value that a wakeup of all came after. */
  told: number;
  woken: number;
  toldAll: number;
  hasDied: boolean;
  /** Brokers that are this state's own copies, and may be changed. */
  touched: Set<number>;
};

export type Step = StepOf<Whole>;

export type System = {
  machines: Machines;
  replaced: Replaced;
  bounds: Bounds;
  /** All that can happen next. */
  steps: (whole: Whole) => Step[];
};

export const GONE = -1;

export function newWhole({ machines, bounds }: System): Whole {
  const broker = (): Broker => ({
    isAlive: true,
    vm: machines.newKernel(),
    isMapped: false,
    hasPort: false,
    flag: false,
    queue: [],
    preparing: 0,
    begun: 0,
    waker: null,
    up: [],
    down: [],
    todo: [],
    isCongested: false,
  });
  const brokers = Array.from({ length: bounds.kernels }, broker);
  const counts = { told: 0, woken: 0, toldAll: 0, hasDied: false };
  return { value: 0, brokers, pager: machines.newPager(), left: bounds, ...counts, touched: new Set(brokers.keys()) };
}

/** To be changed. */
export function brokerAt(whole: Whole, number: number): Broker {
  if (!whole.touched.has(number))
    whole.brokers[number] = JSON.parse(JSON.stringify(seenBroker(whole, number))) as Broker;
  whole.touched.add(number);
  return seenBroker(whole, number);
}

/** Only to be looked at. */
export function seenBroker({ brokers }: Whole, number: number): Broker {
  const broker = brokers[number];
  if (broker === undefined) throw new Error(`there is no broker ${number}`);
  return broker;
}
