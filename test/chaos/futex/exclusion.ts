import type { FutexHistory } from './history.ts';
import { groupsBy, type Hold } from './holds.ts';

/** Two who have one futex at the same time, generations that fall, and effects with a generation that is over. */
export function* faultsOfExclusion(holds: readonly Hold[], { revokes }: FutexHistory): Generator<string> {
  for (const ofFutex of groupsBy(holds, 'futex')) {
    // What was revoked its owner does not know yet; no two of them are by one generation.
    const alone = revokes ? groupsBy(ofFutex, 'gen') : [ofFutex];
    for (const some of alone) yield* overlaps(some);
    if (!revokes) yield* falls(ofFutex);
    yield* faultsOfEffects(ofFutex);
  }
}

function* overlaps(holds: readonly Hold[]): Generator<string> {
  let longest: Hold | undefined;
  for (const hold of holds.toSorted((a, b) => a.from - b.from)) {
    if (longest !== undefined && hold.from < longest.to) yield `two holders: ${say(longest)}; ${say(hold)}`;
    if (longest === undefined || hold.to > longest.to) longest = hold;
  }
}

function* falls(holds: readonly Hold[]): Generator<string> {
  let newest: Hold | undefined;
  for (const hold of holds.toSorted((a, b) => a.from - b.from)) {
    if (newest !== undefined && hold.gen < newest.gen) yield `generations fall: ${say(newest)}; then ${say(hold)}`;
    if (newest === undefined || hold.gen > newest.gen) newest = hold;
  }
}

/** Elsewhere they come one after the other: what one holder does there is not interrupted, and generations never fall. */
function* faultsOfEffects(holds: readonly Hold[]): Generator<string> {
  const done = holds.flatMap((hold) =>
    (hold.access.effects ?? []).flatMap(({ count }) => (count === undefined ? [] : [{ count, hold }])),
  );
  let newest: (typeof done)[number] | undefined;
  for (const each of done.toSorted((a, b) => a.count - b.count)) {
    if (newest !== undefined && each.hold.gen < newest.hold.gen)
      yield `effects of a generation that is over: ${say(newest.hold)}; then ${say(each.hold)}`;
    newest = each;
  }
  for (const hold of holds) {
    const { effects: [first, second] = [], late } = hold.access;
    if (first?.count !== undefined && second?.count !== undefined && second.end < hold.to) {
      if (second.count !== first.count + 1)
        yield `effects between those of ${say(hold)}: ${first.count}, ${second.count}`;
    }
    for (const effect of [first, second, late]) {
      if (effect?.count === undefined) continue;
      const later = holds.find(({ gen, from }) => gen > hold.gen && from < effect.begin);
      if (later !== undefined) yield `an effect at ${effect.begin} of ${say(hold)}, after ${say(later)}`;
    }
  }
}

function say({ by, from, to, fate }: Hold): string {
  return `${by} from ${from} to ${to}, ${fate}`;
}
