import type { Budget } from './bounds.ts';
import type { Draft } from './draft.ts';
import type { Told } from './keepers.ts';
import { copyOfSide } from './parts.ts';
import type { World } from './system.ts';
import type { TaskStep } from './tasks.ts';
import { note } from './truth.ts';

/** All states that may come of telling a keeper. */
export function tell({ keepers }: World, from: Draft, broker: number, lock: number, told: Told, name: string): Draft[] {
  const turns = keepers.turns(from.keeper(broker, lock), from.sideAt(broker), lock, told, name);
  return turns.map(({ keeper, side, sent, happened, meanwhile }) => {
    const draft = from.copy();
    draft.setKeeper(broker, lock, keeper);
    draft.setSide(broker, side);
    for (const one of happened) note(draft, broker, lock, one);
    // Nobody reads what is sent to a dead pager.
    if (!draft.seeBook().pagerDead) for (const message of sent) draft.pushUp(broker, { lock, message });
    draft.meanwhile = [...from.meanwhile, ...meanwhile];
    return draft;
  });
}

/** The keepers of all locks, one after the other. */
export function tellAll(world: World, from: Draft, broker: number, told: Told): Draft[] {
  let drafts = [from];
  for (let lock = 0; lock < from.locks; lock += 1) {
    drafts = drafts.flatMap((draft) => tell(world, draft, broker, lock, told, told.event));
  }
  return drafts;
}

/** A task does something with the word, and nobody is told. */
export function takeStep(
  from: Draft,
  broker: number,
  lock: number,
  index: number,
  stepsOf: (side: ReturnType<typeof copyOfSide>) => readonly TaskStep[],
): Draft[] {
  const draft = from.copy();
  const side = copyOfSide(draft.seeSide(broker));
  const happened = stepsOf(side)[index]?.take() ?? [];
  draft.setSide(broker, draft.parts.sides.addPlain(side));
  for (const one of happened) note(draft, broker, lock, one);
  return [draft];
}

export function spent(seen: Draft, budget: keyof Budget): Draft {
  const draft = seen.copy();
  draft.changeBook((book) => (book.left[budget] -= 1));
  return draft;
}
