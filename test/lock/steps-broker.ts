import { newKeeper } from '../../src/lock/index.ts';
import { NO_ACTION } from '../explorer/explore.ts';
import type { Budget } from './bounds.ts';
import { NOTHING_BY_WORD } from './by-word.ts';
import type { Draft } from './draft.ts';
import type { Told } from './keepers.ts';
import type { ToKeeper } from './parts.ts';
import { stepsOfUser } from './steps-user.ts';
import type { Offer, World } from './system.ts';
import { go, overwrites } from './tasks.ts';
import { noteDeath } from './truth.ts';
import { spent, takeStep, tell, tellAll } from './turns.ts';
import { actionOf, inWords } from './words.ts';
import { stepsOfTasks } from './word-steps.ts';

/** What can happen in a broker, or to it. */
export function stepsOfBroker(world: World, seen: Draft, broker: number, offer: Offer): void {
  if (!seen.seeSide(broker).alive) return;
  const { left } = seen.seeBook();
  const [number] = seen.down(broker);
  if (number !== undefined) {
    const item = seen.parts.items.get(number);
    const name = (draft: Draft): string => `broker ${broker} gets ${inWords(item)}${draft.told}`;
    offer(name, actionOf(world.bounds, { broker, way: 'down' }), () => receive(world, seen, broker));
  }
  for (let lock = 0; lock < seen.locks; lock += 1) {
    for (let user = 1; user <= world.bounds.users; user += 1) stepsOfUser(world, seen, broker, lock, user, offer);
    const { status } = seen.seeKeeper(broker, lock);
    if (left.evictions > 0 && status !== 'none' && status !== 'requested') {
      choose(`has no room for lock ${lock}`, 'evictions', lock, { event: 'evict', about: null });
    }
    if (world.bounds.hasWord) stepsOfWord(world, seen, broker, lock, offer);
  }
  if (left.brokerDeaths > 0) {
    offer(
      () => `broker ${broker} dies`,
      NO_ACTION,
      () => [die(world, seen, broker)],
    );
  }

  function choose(what: string, budget: keyof Budget, lock: number, told: Told): void {
    const name = (draft: Draft): string => `broker ${broker} ${what}${draft.told}`;
    offer(name, NO_ACTION, () => tell(world, spent(seen, budget), broker, lock, told, told.event));
  }
}

function stepsOfWord({ bounds, faults }: World, seen: Draft, broker: number, lock: number, offer: Offer): void {
  const { gen, isLent } = seen.seeKeeper(broker, lock);
  for (const [index, step] of stepsOfTasks(seen.seeSide(broker), lock, gen, faults.tasks).entries()) {
    const action = step.unlocks === null ? NO_ACTION : actionOf(bounds, { broker, lock, user: step.unlocks });
    offer(
      () => `broker ${broker}: ${step.name}`,
      action,
      () => takeStep(seen, broker, lock, index, (side) => stepsOfTasks(side, lock, gen, faults.tasks)),
    );
  }
  if (seen.seeBook().left.overwrites === 0) return;
  for (const [index, { name }] of overwrites(seen.seeSide(broker), lock, isLent, gen).entries()) {
    offer(
      () => `broker ${broker}: ${name}`,
      NO_ACTION,
      () => takeStep(spent(seen, 'overwrites'), broker, lock, index, (side) => overwrites(side, lock, isLent, gen)),
    );
  }
}

function receive(world: World, seen: Draft, broker: number): Draft[] {
  const [number = -1, ...rest] = seen.down(broker);
  const { lock, message } = seen.parts.items.get(number);
  const drafts =
    message === null
      ? tellAll(world, seen, broker, { event: 'masterGone', about: null })
      : tell(world, seen, broker, lock, toldBy(message as ToKeeper), String(number));
  for (const draft of drafts) draft.setDown(broker, rest);
  return drafts;
}

function toldBy({ type, ...about }: ToKeeper): Told {
  return { event: type, about } as Told;
}

function die({ faults }: World, seen: Draft, broker: number): Draft {
  const draft = spent(seen, 'brokerDeaths');
  noteDeath(draft, broker);
  draft.setDown(broker, []);
  const fin = draft.parts.items.addPlain({ lock: 0, message: null });
  const up = draft.up(broker);
  if (!draft.seeBook().pagerDead) draft.setUp(broker, faults.deathFirst === true ? [fin, ...up] : [...up, fin]);
  forgetBroker(draft, broker);
  return draft;
}

/** Dead brokers are all the same but for what they may have had. */
function forgetBroker(draft: Draft, broker: number): void {
  draft.changeSide(broker, (side) => {
    side.words = side.words.map(() => 0);
    for (const state of side.users.flat()) {
      go(state);
      Object.assign(state, NOTHING_BY_WORD);
    }
  });
  const none = draft.parts.keepers.addPlain(newKeeper());
  for (let lock = 0; lock < draft.locks; lock += 1) draft.setKeeper(broker, lock, none);
}
