import type { FutexHistory } from './history.ts';
import { groupsBy, type Hold, isRepaired } from './holds.ts';

/** Who gets a futex after one that lost it is told so, and nobody else is; what is not recoverable nobody gets any more. */
export function* faultsOfOwnerDied(holds: readonly Hold[], history: FutexHistory): Generator<string> {
  const losses = lossesIn(history);
  for (const ofFutex of groupsBy(holds, 'futex')) {
    yield* notTold(ofFutex, history.revokes);
    if (history.revokes) continue;
    yield* toldForNothing(ofFutex, losses);
    yield* notRecoverable(ofFutex, history);
  }
}

const LOST = new Set<Hold['fate']>(['task killed', 'unmapped', 'left', 'broker killed']);

function* notTold(holds: readonly Hold[], revokes: boolean): Generator<string> {
  for (const [index, hold] of holds.entries()) {
    if (!isSurelyLost(hold)) continue;
    // What is revoked somebody else may have long before its owner loses it.
    const isNext = ({ gen, from }: Hold): boolean => from > hold.to || (revokes && gen > hold.gen);
    const next = holds.slice(index + 1).find(isNext);
    if (next !== undefined && !next.ownerDied) yield `${next.by} is not told that ${hold.by} lost it: ${hold.fate}`;
  }
}

/** An unlocking that was under way may have come first. */
function isSurelyLost({ fate, access: { unlock } }: Hold): boolean {
  if (fate === 'fenced') return true;
  return LOST.has(fate) && (unlock === undefined || (fate === 'unmapped' && unlock.code === 'ERELEASED'));
}

/** When a task or a broker may have lost whatever it had. */
type Loss = { from: number; to: number };

function lossesIn({ tasks, deaths }: FutexHistory): Loss[] {
  const givenUp = tasks
    .flatMap(({ accesses }) => accesses)
    .filter(({ kind }) => kind === 'unmap' || kind === 'closed')
    // Who closes is noticed later.
    .map(({ kind, begin, end = Infinity }) => ({ from: begin, to: kind === 'closed' ? Infinity : end }));
  return [...deaths.filter(({ what }) => what !== 'pager'), ...givenUp];
}

/** The one before had unlocked it, and nobody who may have had it since has lost anything. */
function* toldForNothing(holds: readonly Hold[], losses: readonly Loss[]): Generator<string> {
  for (const [index, hold] of holds.entries()) {
    if (!hold.ownerDied) continue;
    const before = holds.slice(0, index).findLast((one) => one.access.unlock?.code === 0 && isRepaired(one));
    const since = before?.access.unlock?.begin ?? -Infinity;
    if (!losses.some(({ from, to }) => to > since && from < hold.from))
      yield `${hold.by} is told of a death for nothing`;
  }
}

function* notRecoverable(holds: readonly Hold[], { deaths }: FutexHistory): Generator<string> {
  for (const given of holds) {
    const { unlock } = given.access;
    if (isRepaired(given) || unlock?.code !== 0) continue;
    // Its word may have died with its broker.
    if (deaths.some(({ what, who }) => what === 'broker' && who === given.broker)) continue;
    const later = holds.find(({ asked }) => asked > (unlock.end ?? Infinity));
    if (later !== undefined) yield `${later.by}, which ${given.by} had left not recoverable`;
  }
}
