import type { MasterEffect } from '../../src/lock/index.ts';
import { NO_ACTION } from '../explorer/explore.ts';
import { must } from '../explorer/rules.ts';
import type { Draft } from './draft.ts';
import type { ToldMaster } from './masters.ts';
import type { Item } from './parts.ts';
import type { Offer, World } from './system.ts';
import { noteTaken } from './truth.ts';
import { actionOf, inWords } from './words.ts';

/** What can happen in the pager, or to it. */
export function stepsOfPager(world: World, seen: Draft, offer: Offer): void {
  const { pagerDead, left } = seen.seeBook();
  if (pagerDead) return;
  for (let broker = 0; broker < seen.brokers; broker += 1) {
    const [number, ...rest] = seen.up(broker);
    if (number === undefined) continue;
    const item = seen.parts.items.get(number);
    offer(
      () => `the pager gets ${inWords(item)} from broker ${broker}`,
      actionOf(world.bounds, { broker, way: 'up' }),
      () => [receive(world, seen, broker, item, rest)],
    );
  }
  if (left.revocations > 0) for (let lock = 0; lock < seen.locks; lock += 1) offerRevocation(world, seen, lock, offer);
  if (left.pagerDeaths === 0) return;
  offer(
    () => 'the pager dies',
    NO_ACTION,
    () => [die(seen)],
  );
}

function offerRevocation(world: World, seen: Draft, lock: number, offer: Offer): void {
  const { holder, gen, isRecalled } = seen.parts.masters.get(seen.master(lock));
  if (holder === null || !isRecalled) return;
  offer(
    () => `the pager waits no longer for broker ${holder} to give lock ${lock} back`,
    NO_ACTION,
    () => {
      const draft = seen.copy();
      draft.changeBook((book) => (book.left.revocations -= 1));
      noteTaken(draft, lock, true);
      tell(world, draft, lock, { event: 'expired', about: { gen } });
      return [draft];
    },
  );
}

function receive(world: World, seen: Draft, broker: number, { lock, message }: Item, rest: readonly number[]): Draft {
  const draft = seen.copy();
  draft.setUp(broker, rest);
  if (message === null) {
    const { had } = draft.seeSide(broker);
    for (let one = 0; one < draft.locks; one += 1) {
      const { holder } = draft.parts.masters.get(draft.master(one));
      if (holder === broker) noteTaken(draft, one, had[one] === true);
      tell(world, draft, one, { event: 'leave', about: { keeper: broker } });
    }
    // It is over with this one: what it may have had makes no difference any more.
    draft.changeSide(broker, (side) => (side.had = side.had.map(() => false)));
  } else if (message.type === 'request') {
    const { reqId, noQueue } = message;
    tell(world, draft, lock, { event: 'lock', about: { keeper: broker, reqId, noQueue } });
  } else if (message.type === 'cancel') {
    tell(world, draft, lock, { event: 'cancel', about: { keeper: broker, reqId: message.reqId } });
  } else if (message.type === 'release') {
    const { gen, condition } = message;
    tell(world, draft, lock, { event: 'released', about: { keeper: broker, gen, condition } });
  }
  return draft;
}

function tell({ masters }: World, draft: Draft, lock: number, told: ToldMaster): void {
  const { master, effects } = masters.turn(draft.master(lock), told);
  draft.setMaster(lock, master);
  for (const message of effects) {
    noteRecall(draft, lock, message);
    const { keeper, ...rest } = message;
    if (draft.seeSide(keeper).alive) draft.pushDown(keeper, { lock, message: rest });
  }
}

function noteRecall(draft: Draft, lock: number, message: MasterEffect): void {
  if (message.type !== 'recall' && message.type !== 'granted') return;
  const was = draft.seeBook().recalled[lock] === true;
  must(
    'F10 one recall of each generation',
    message.type !== 'recall' || !was,
    () => `lock ${lock} of ${message.keeper}`,
  );
  const is = message.type === 'recall' || message.recall;
  if (is !== was) draft.changeBook((book) => (book.recalled[lock] = is));
}

/** What it said before arrives before that. */
function die(seen: Draft): Draft {
  const draft = seen.copy();
  draft.changeBook((book) => {
    book.left.pagerDeaths -= 1;
    book.pagerDead = true;
  });
  for (let broker = 0; broker < draft.brokers; broker += 1) {
    draft.setUp(broker, []);
    if (draft.seeSide(broker).alive) draft.pushDown(broker, { lock: 0, message: null });
  }
  return draft;
}
