import type { Death, Value } from '../memory/history.ts';
import type { FutexHistory } from './history.ts';
import { groupsBy, type Hold } from './holds.ts';

/** What a record may hold, each of two kinds of it: the counter, and its copy. */
const TORN = 'torn';

/**
 * Each holder finds what the one before it wrote: the count of who has changed it is that of all who had it. Who was killed may have
 * written or not, and a broker takes with it what others than its own tasks have not seen (pager.md §1.4). Holds come in their order.
 */
export function* faultsOfChain(holds: readonly Hold[], { deaths }: FutexHistory): Generator<string> {
  for (const ofFutex of groupsBy(holds, 'futex')) {
    for (const which of [0, 1] as const) yield* faultsOfRecord(ofFutex, deaths, which);
  }
}

type Step = { broker: string; read: number; found: Value; wrote: readonly Value[]; isSure: boolean; by: string };

function* faultsOfRecord(holds: readonly Hold[], deaths: readonly Death[], which: 0 | 1): Generator<string> {
  const name = which === 0 ? 'counter' : 'copy';
  const past: Step[] = [];
  let now = new Set<Value>(['']);
  const dead = new Set<Death>();
  for (const step of holds.flatMap((hold) => stepOf(hold, deaths, which))) {
    for (const death of deaths) {
      if (death.what !== 'broker' || dead.has(death) || death.from > step.read) continue;
      dead.add(death);
      now = new Set([...now, ...lostWith(death, past)]);
    }
    if (!now.has(step.found)) {
      yield `${step.by} finds '${step.found}' in the ${name}, which is ${[...now].map((value) => `'${value}'`).join(' or ')}`;
    }
    const last = step.wrote.at(-1);
    now = new Set(step.isSure && last !== undefined ? [last] : [step.found, ...step.wrote, TORN]);
    if (step.wrote.length === 0) now = new Set([step.found]);
    past.push(step);
  }
}

/** One who has read it, before its broker was dead. */
function stepOf({ access, broker, by, to }: Hold, deaths: readonly Death[], which: 0 | 1): Step[] {
  const { reads, read, repairs, write, wrote = Infinity, failed } = access;
  const died = deaths.find(({ what, who }) => what === 'broker' && who === broker)?.from ?? Infinity;
  if (reads === undefined || read === undefined || read > died) return [];
  const [counter, copy] = reads;
  const values = reads[which];
  const found = values.length === 1 ? (values[0] ?? TORN) : TORN;
  // It repairs the counter if that is torn, and else the copy.
  const isRepaired = repairs !== undefined && (counter.length > 1 ? which === 0 : copy !== undefined && which === 1);
  const mine = [...(isRepaired ? [repairs] : []), ...(write === undefined ? [] : [write])];
  return [{ broker, read, found, wrote: mine, isSure: wrote < Math.min(died, to) && failed === undefined, by }];
}

/** What was there before its last tasks changed it, one after the other. */
function lostWith({ who }: Death, past: readonly Step[]): Value[] {
  const mine = past.slice(past.findLastIndex(({ broker }) => broker !== who) + 1);
  return mine.flatMap(({ found, wrote }) => [found, ...wrote]);
}
