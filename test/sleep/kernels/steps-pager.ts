import { isAboutSleep } from '../../../src/pager/sleep-places.ts';
import type { FromPager } from '../../../src/vm/index.ts';
import type { KernelXpKind, Xp } from '../../../src/wire/index.ts';
import type { PagerEvent } from './machines.ts';
import { brokerAt, GONE, type Step, type System, type Whole } from './whole.ts';

/** What the pager can do: it hears each kernel in order. */
export function stepsOfPager(system: System, seen: Whole): Step[] {
  if (seen.pager === GONE) return [];
  const steps: Step[] = [];
  for (const [number, { up }] of seen.brokers.entries()) {
    const [message] = up;
    if (message === undefined) continue;
    const take = (whole: Whole): void => {
      brokerAt(whole, number).up.shift();
      hear(system, whole, number, message);
    };
    steps.push({ name: `the pager gets ${JSON.stringify(message)} from kernel ${number}`, isProgress: true, take });
  }
  if (seen.left.pagerDeaths > 0) {
    const take = (whole: Whole): void => {
      whole.left.pagerDeaths -= 1;
      whole.pager = GONE;
      for (const number of whole.brokers.keys()) brokerAt(whole, number).up = [];
    };
    steps.push({ name: 'the pager dies', isProgress: false, take });
  }
  return steps;
}

/** As `PagedObject` does. */
function hear(system: System, whole: Whole, number: number, message: { kind: string }): void {
  const kernel = number + 1;
  if (message.kind === 'memory_object_init') {
    tell(system, whole, { do: 'attach', kernel });
    send(whole, kernel, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
  } else if (message.kind === 'memory_object_terminate' || message.kind === 'dead') {
    tell(system, whole, { do: 'leave', kernel });
  } else if (isAboutSleep(message as Xp<KernelXpKind>)) {
    tell(system, whole, { do: 'receive', kernel, message: message as never });
  } else throw new Error(`kernel ${number} says ${message.kind}`);
}

function tell(system: System, whole: Whole, event: PagerEvent): void {
  const { next, effects } = system.machines.pager(whole.pager, event);
  whole.pager = next;
  for (const effect of effects) {
    if (effect.type === 'refused') throw new Error(`${effect.kind} is refused: ${effect.why}`);
    send(whole, effect.kernel, effect.message);
  }
}

/** What a kernel is told reaches it if it has the control port that this goes to. */
function send(whole: Whole, kernel: number, message: FromPager): void {
  const broker = brokerAt(whole, kernel - 1);
  const hasLeft = broker.up.some(({ kind }) => kind === 'memory_object_terminate' || kind === 'dead');
  if (broker.hasPort && !hasLeft) broker.down.push(message);
}
