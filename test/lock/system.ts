import { newKeeper, newMaster } from '../../src/lock/index.ts';
import { BrokenBy, type Model, Violation, type Visit } from '../explorer/explore.ts';
import { type Bounds, ENDLESS, type Faults } from './bounds.ts';
import { Canonical } from './canonical.ts';
import { Draft } from './draft.ts';
import { Keepers } from './keepers.ts';
import { Masters } from './masters.ts';
import { type Book, newSide, Parts } from './parts.ts';
import { stepsOfBroker } from './steps-broker.ts';
import { stepsOfPager } from './steps-pager.ts';
import { Symmetry } from './symmetry.ts';
import { check } from './truth.ts';

/** Everything that a step may want to know. */
export type World = { bounds: Bounds; faults: Faults; keepers: Keepers; masters: Masters };

/** A step that is possible: its name, and all that may come of it. `action`: one of `actionOf`. */
export type Offer = (name: (draft: Draft) => string, action: number, take: () => Draft[]) => void;

export type System = Model & { parts: Parts; draft(state: ArrayLike<number>): Draft };

/** Brokers with their users and one pager, each lock with a shipped keeper in each broker and a shipped master. */
export function system(bounds: Bounds, faults: Faults = {}): System {
  const parts = new Parts();
  const world: World = {
    bounds,
    faults,
    keepers: new Keepers(parts, bounds.hasWord, faults),
    masters: new Masters(parts, bounds, faults),
  };
  const renamed = new Canonical(parts, bounds);
  const symmetry = new Symmetry(parts, bounds);
  // Who waits for ever must be the same one all the time.
  const isNamed = bounds.turns === ENDLESS;
  const canonical = (state: number[]): number[] => (isNamed ? renamed.of(state) : symmetry.of(renamed.of(state)));
  const draftOf = (state: ArrayLike<number>): Draft => new Draft(parts, bounds.brokers, bounds.locks, state);

  function steps(state: ArrayLike<number>, visit: Visit): void {
    const seen = draftOf(state);
    const offer: Offer = (name, action, take) => {
      try {
        for (const draft of take()) {
          check(draft);
          visit(() => name(draft), draft.state, action);
        }
      } catch (error) {
        if (error instanceof Violation) throw new BrokenBy(name(seen), error);
        throw error;
      }
    };
    for (let broker = 0; broker < bounds.brokers; broker += 1) stepsOfBroker(world, seen, broker, offer);
    stepsOfPager(world, seen, offer);
  }

  return { start: startOf(parts, bounds), steps, canonical, parts, draft: draftOf };
}

function startOf(parts: Parts, bounds: Bounds): number[] {
  const { brokers, locks, budget } = bounds;
  const none = parts.channels.add([], '');
  const side = parts.sides.addPlain(newSide(bounds));
  const keepers = Array.from({ length: locks }, () => parts.keepers.addPlain(newKeeper()));
  const masters = keepers.map(() => parts.masters.addPlain(newMaster()));
  const book: Book = {
    left: budget,
    pagerDead: false,
    truth: masters.map(() => 0),
    recalled: masters.map(() => false),
  };
  const all = Array.from({ length: brokers }, () => [side, none, none, ...keepers]).flat();
  return [...all, ...masters, parts.books.addPlain(book)];
}
