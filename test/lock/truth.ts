import { must } from '../explorer/rules.ts';
import type { Draft } from './draft.ts';
import { CLEAN, hasIt, LOST, OWNER_DIED } from './parts.ts';
import type { Happened } from './tasks.ts';

/** Writes down what users have done, as far as it changes what must be true of the lock; and looks whether they were told so. */
export function note(draft: Draft, broker: number, lock: number, happened: Happened): void {
  const was = draft.seeBook().truth[lock];
  const isRevoked = fenceComes(draft, broker, lock);
  if (happened.what === 'failed') {
    const isLost = was === LOST || isRevoked;
    must('who fails, fails for a reason', happened.code !== 'ENOTRECOVERABLE' || isLost, () => 'ENOTRECOVERABLE');
    return;
  }
  // By a hold that was revoked, which its broker has not heard of: what its users do is worth nothing.
  if (!isCurrent(draft, broker, lock, happened.gen)) {
    must('F1', isRevoked || happened.what !== 'granted', () => `broker ${broker} has not got what it hands on`);
    return;
  }
  if (happened.what === 'granted') {
    must('ENOTRECOVERABLE is for good', was !== LOST, () => `broker ${broker} hands it on`);
    must('F6', !happened.ownerDied || was === OWNER_DIED, () => 'nobody has died');
    must('a dead owner is found', happened.ownerDied || was !== OWNER_DIED, () => `by the next, of broker ${broker}`);
  } else if (happened.what === 'unlocks') {
    if (was === OWNER_DIED) setTruth(draft, lock, LOST);
  } else setTruth(draft, lock, happened.what === 'repairs' ? CLEAN : OWNER_DIED);
}

/** A broker is dead: so are its users, and some of them may have owned a lock. */
export function noteDeath(draft: Draft, broker: number): void {
  const { users } = draft.seeSide(broker);
  const had = users.map((ofLock, lock) => {
    for (const { is, gen, fenced } of ofLock) {
      const owned = (is === 'owns' || is === 'busy') && !fenced;
      if (owned && isCurrent(draft, broker, lock, gen)) setTruth(draft, lock, OWNER_DIED);
    }
    // What it has asked for it gets before it is known to be dead.
    const keeper = draft.seeKeeper(broker, lock);
    return hasIt(keeper) || keeper.asked !== null;
  });
  draft.changeSide(broker, (side) => Object.assign(side, { alive: false, had }));
}

/** The master takes the lock from a holder that does not give it back. */
export function noteTaken(draft: Draft, lock: number, had: boolean): void {
  must('F6', had, () => `the broker had given lock ${lock} back before it died`);
  setTruth(draft, lock, OWNER_DIED);
}

/** In each state. Those whose hold was revoked, and whose broker will hear of that next, count no more. */
export function check(draft: Draft): void {
  for (let lock = 0; lock < draft.locks; lock += 1) {
    const { gen, holder } = draft.parts.masters.get(draft.master(lock));
    let owners = 0;
    let overwritten = false;
    for (let broker = 0; broker < draft.brokers; broker += 1) {
      const side = draft.seeSide(broker);
      if (!side.alive || fenceComes(draft, broker, lock)) continue;
      const keeper = draft.seeKeeper(broker, lock);
      overwritten ||= side.overwritten[lock] === true;
      const isHolder = !hasIt(keeper) || (keeper.gen === gen && holder === broker);
      must('F1', isHolder, () => `broker ${broker} has lock ${lock}, which the pager has lent to ${holder}`);
      for (const { is, fenced } of side.users[lock] ?? []) if (is === 'owns' && !fenced) owners += 1;
    }
    must('F2', overwritten || owners <= 1, () => `${owners} users own lock ${lock}`);
  }
}

/** The pager has revoked what the broker has, which does not know that yet. */
function fenceComes(draft: Draft, broker: number, lock: number): boolean {
  return draft.down(broker).some((number) => {
    const item = draft.parts.items.get(number);
    return item.lock === lock && item.message?.type === 'fenced';
  });
}

function isCurrent(draft: Draft, broker: number, lock: number, gen: number): boolean {
  const master = draft.parts.masters.get(draft.master(lock));
  return master.holder === broker && master.gen === gen;
}

function setTruth(draft: Draft, lock: number, truth: number): void {
  if (draft.seeBook().truth[lock] !== truth) draft.changeBook((book) => (book.truth[lock] = truth));
}
