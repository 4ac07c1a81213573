import type { FutexAccess, FutexHistory, FutexRecord } from './history.ts';

/** How it ended: unlocked, or the owner lost it. `lasting`: it did not end. */
export type Fate = 'unlocked' | 'task killed' | 'unmapped' | 'left' | 'broker killed' | 'fenced' | 'lasting';

/** From `from` until `to` a task surely had a futex: it was told so before, and had not begun to give it up. */
export type Hold = {
  task: number;
  broker: string;
  futex: number;
  gen: number;
  ownerDied: boolean;
  /** The call by which it came. */
  asked: number;
  from: number;
  to: number;
  fate: Fate;
  access: FutexAccess;
  /** For texts. */
  by: string;
};

/** All of a history, those of each futex in the order in which they must have come: by generation, and within one by time. */
export function holdsIn(history: FutexHistory): Hold[] {
  const holds = history.tasks.flatMap((record) => record.accesses.flatMap((access) => holdOf(history, record, access)));
  return holds.toSorted((a, b) => a.futex - b.futex || a.gen - b.gen || a.from - b.from);
}

/** In the order in which they come. */
export function groupsBy(holds: readonly Hold[], what: 'futex' | 'gen'): Hold[][] {
  const groups = new Map<number, Hold[]>();
  for (const hold of holds) groups.set(hold[what], [...(groups.get(hold[what]) ?? []), hold]);
  return [...groups.values()];
}

export function isRepaired({ access }: Hold): boolean {
  return access.ownerDied !== true || access.consistent === true;
}

function holdOf({ deaths }: FutexHistory, record: FutexRecord, access: FutexAccess): Hold[] {
  const { begin, end, gen, futex, ownerDied = false, unlock } = access;
  if (end === undefined || gen === undefined || futex === undefined) return [];
  const { task, broker, accesses } = record;
  const died = (what: string, who: unknown): number =>
    deaths.find((death) => death.what === what && death.who === who)?.from ?? Infinity;
  const ends: (readonly [number, Fate])[] = [
    [died('broker', broker), 'broker killed'],
    [died('task', task), 'task killed'],
    [firstSince(accesses, 'unmap', begin), 'unmapped'],
    [firstSince(accesses, 'closed', begin), 'left'],
    [unlock?.begin ?? Infinity, 'unlocked'],
  ];
  const [to, how] = ends.reduce((a, b) => (b[0] < a[0] ? b : a));
  // It never knew that it had it, or had lost it by then.
  if (to <= end) return [];
  const isRevoked =
    how === 'unlocked' && unlock?.code === 'EFENCED' && died('broker', broker) > (unlock.end ?? Infinity);
  const fate = isRevoked ? 'fenced' : to === Infinity ? 'lasting' : how;
  const by = `task ${task} on ${broker}, ${access.kind} ${access.op} of futex ${futex} by ${gen}`;
  return [{ task, broker, futex, gen, ownerDied, asked: begin, from: end, to, fate, access, by }];
}

/** When the first of these begins that is not over before. */
function firstSince(accesses: readonly FutexAccess[], kind: FutexAccess['kind'], moment: number): number {
  return accesses.find((access) => access.kind === kind && (access.end ?? Infinity) > moment)?.begin ?? Infinity;
}
