import type { Deed, SleepHistory, SleepRecord } from './history.ts';
import { groupsOf } from './history.ts';
import { lostIn } from './lost.ts';

/** What nobody may have seen of shared idents, whoever was killed or stopped (lwkt.md §2). `tally`: what came up, and how often. */
export function judgeSleeps(history: SleepHistory): { faults: string[]; tally: Map<string, number> } {
  const groups = groupsOf(history.tasks);
  const faults = [
    ...lostIn(history),
    ...groups.flatMap(({ sleeps, wakes }) => [
      ...sleeps.flatMap((sleep) => [...faultsOfSleep(sleep, wakes, history)]),
      ...[...sleeps, ...wakes].flatMap((deed) =>
        deed.end === undefined && !deed.killed ? [`${deed.by}: it never ended`] : [],
      ),
    ]),
    ...history.tasks.flatMap((record) => [...faultsOfTask(record)]),
  ];
  const tally = new Map<string, number>();
  for (const { kind, code = 'open', result, sent } of history.tasks.flatMap(({ accesses }) => accesses)) {
    const word = [kind, kind === 'sleep' && code === 0 ? (result ?? 'removed') : code, sent === false ? 'nobody' : '']
      .join(' ')
      .trim();
    tally.set(word, (tally.get(word) ?? 0) + 1);
  }
  return { faults, tally };
}

function* faultsOfSleep(sleep: Deed, wakes: readonly Deed[], { deaths }: SleepHistory): Generator<string> {
  const { by, broker, begin, end, code, result, patience } = sleep;
  if (end === undefined) return;
  const hasGone = deaths.some((death) => death.what === 'broker' && death.who === broker && death.from < end);
  const isWoken = wakes.some((wake) => wake.begin < end && (wake.end ?? Infinity) > begin);
  if (result === 0 && !isWoken && !hasGone) yield `${by}: woken by nobody`;
  if (result === 'EWOULDBLOCK' && patience !== true) yield `${by}: nobody asked for its timeout`;
  if (code !== 0 && !hasGone) yield `${by}: nothing explains ${code}`;
}

function* faultsOfTask({ task, broker, accesses }: SleepRecord): Generator<string> {
  for (const { left = [] } of accesses) {
    for (const ident of left) yield `task ${task} on ${broker}: nobody sleeps on ${ident}, and it is in the table`;
  }
  const closed = accesses.find(({ kind }) => kind === 'closed')?.begin ?? Infinity;
  const late = accesses.find(({ kind, begin, code }) => kind === 'sleep' && begin > closed && code === 0);
  if (late !== undefined)
    yield `task ${task} on ${broker}: it could still prepare, at ${late.begin}, when its broker had gone`;
}
