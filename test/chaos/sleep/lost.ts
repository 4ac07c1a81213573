import { type Deed, groupsOf, type SleepHistory } from './history.ts';

/** So long after a wakeup everybody has heard of it, whoever was stopped meanwhile. */
const LONG_NS = 5e9;

/** All sleepers who should have been woken and were not. */
export function lostIn({ tasks, deaths }: SleepHistory): string[] {
  return groupsOf(tasks).flatMap(({ broker, sleeps, wakes }) => {
    const gone = deaths.find(({ what, who }) => what === 'broker' && who === broker)?.from ?? Infinity;
    // Whoever wakes at a broker that has gone wakes nobody.
    return [
      ...lostWakeups(
        sleeps,
        wakes.filter(({ end }) => end !== undefined && end < gone),
        wakes,
      ),
    ];
  });
}

function* lostWakeups(sleeps: readonly Deed[], over: readonly Deed[], wakes: readonly Deed[]): Generator<string> {
  for (const sleep of sleeps) {
    const { prepared, killed, by } = sleep;
    if (prepared === undefined || killed) continue;
    const later = over.filter(({ begin, code }) => begin > prepared && code === 0);
    // Who still sleeps, or was woken by nothing that it was meant to be woken by.
    const isOpen = sleep.end === undefined;
    const until = isOpen ? Infinity : (sleep.end ?? 0) - LONG_NS;
    if (isOpen || sleep.result === 'EINTR' || sleep.result === 'EWOULDBLOCK') {
      const passed = later.find(({ one, end = Infinity }) => one !== true && end < until);
      if (passed !== undefined)
        yield `${by}: sleeps since ${prepared}, though ${passed.by} woke all at ${passed.begin}`;
      yield* lostOnes(sleep, sleeps, later, until);
    }
    yield* unseen(sleep, wakes, later);
  }
}

/** Each wakeup of one that did not get to it has got to somebody before it in the queue. */
function* lostOnes(sleep: Deed, sleeps: readonly Deed[], later: readonly Deed[], until: number): Generator<string> {
  const ones = later.filter(({ one, end = Infinity }) => one === true && end < until);
  const first = Math.min(...ones.map(({ begin }) => begin));
  const before = sleeps.filter(({ begin, end = Infinity, op, by }) => {
    return (by !== sleep.by || op !== sleep.op) && begin < (sleep.prepared ?? 0) && end > first;
  });
  if (ones.length <= before.length) return;
  yield `${sleep.by}: sleeps since ${sleep.prepared}, ${ones.length} wakeups of one passed it by, and ${before.length} were before it`;
}

/** Somebody looked into the table and found nobody, while it certainly slept: it went on only because of a wakeup that came later. */
function* unseen(sleep: Deed, wakes: readonly Deed[], later: readonly Deed[]): Generator<string> {
  const { prepared = 0, end: awake = Infinity, patience, result, by } = sleep;
  if (patience === true || result !== 0) return;
  for (const look of later) {
    const { end: looked = Infinity, sent, begin } = look;
    if (sent !== false || looked > awake) continue;
    // Perhaps before it was told that it is prepared.
    const isWoken = wakes.some((wake) => {
      return wake.sent !== false && wake.begin < looked && (wake.end ?? Infinity) > sleep.begin;
    });
    if (!isWoken) yield `${by}: slept since ${prepared}, and ${look.by} found nobody in the table at ${begin}`;
  }
}
