import { type KeeperEffect, type KeeperState, ownedBy } from '../../src/lock/index.ts';
import { must } from '../explorer/rules.ts';
import type { Told } from './keepers.ts';
import type { Side, UserState } from './parts.ts';
import { begin, go, type Happened, rest, userAt } from './tasks.ts';
import { again, leave } from './word-steps.ts';

/** What a user does as its broker is told of it. */
export function beforehand(side: Side, lock: number, keeper: KeeperState, { event, about }: Told): Happened[] {
  if (event === 'lock') {
    const state = mustFind(side, lock, about.user);
    // Besides, while it has it: the answer is that, or that it has lost it.
    if (state.is === 'owns') return [];
    begin(state, 'waits');
    // It looks at its mappings first, and learns where the word is anew.
    if (state.at === 'nowhere' && state.isMoved) Object.assign(state, { isMoved: false, known: 'none' });
    state.noQueue = about.noQueue;
  } else if (event === 'withdraw') rest(mustFind(side, lock, about.wish));
  else if (event === 'unlock' || event === 'leave') {
    const state = mustFind(side, lock, about.user);
    const { is, gen, died, fenced } = state;
    // What it took by the word it has lost since, and what it has now it does not mean.
    if (event === 'unlock' && about.gen === 0 && (state.isLost || is !== 'owns')) return [];
    if (event === 'leave') go(state);
    else state.is = 'busy';
    // Where the word was overwritten, more may believe that they own it.
    const owns = keeper.isLent ? side.words[lock] === ownedBy(about.user) : keeper.owner === about.user;
    const owned = is === 'owns' && !fenced && (owns || side.overwritten[lock] !== true);
    if (owned) return [{ what: event === 'leave' ? 'leaves' : 'unlocks', gen, died }];
  } else if (event === 'repair') {
    const state = mustFind(side, lock, about.user);
    return state.fenced ? [] : [{ what: 'repairs', gen: state.gen, died: true }];
  } else if (event === 'masterGone') side.cutOff = true;
  return [];
}

/** What a keeper has its host do; what goes to the master is left. */
export function carryOut(side: Side, lock: number, effect: KeeperEffect, gen: number): readonly Happened[] | 'send' {
  if (effect.type === 'granted') {
    const { wish, user, gen, ownerDied } = effect;
    const state = mustFind(side, lock, user);
    must(
      'every answer has its wish',
      state.is === 'waits' && wish === user,
      () => `user ${user} is granted lock ${lock}`,
    );
    Object.assign(state, { is: 'owns', gen, died: ownerDied });
    return [{ what: 'granted', gen, ownerDied }];
  }
  if (effect.type === 'failed') {
    const { wish, code } = effect;
    const state = mustFind(side, lock, wish);
    if (state.is === 'owns') return refuse(state, code, gen);
    must('every answer has its wish', state.is === 'waits', () => `user ${wish} is told ${code}`);
    const mayBe =
      code === 'ENOTRECOVERABLE' ||
      (code === 'EAGAIN' && state.noQueue) ||
      (code === 'KERN_MEMORY_ERROR' && side.cutOff);
    must('who fails, fails for a reason', mayBe, () => `user ${wish} is told ${code}`);
    rest(state);
    return [{ what: 'failed', code }];
  }
  if (effect.type !== 'fenced') return 'send';
  const state = mustFind(side, lock, effect.user);
  // It may be on its way with its unlock already: then that tells it.
  const owns = (state.is === 'owns' || state.is === 'busy') && state.gen === effect.gen;
  must('who is fenced had it', owns || side.overwritten[lock] === true, () => `user ${effect.user}`);
  state.fenced = true;
  return [];
}

/** What the user hears that has told its broker something. */
export function afterwards(
  side: Side,
  lock: number,
  told: Told,
  code: 0 | string,
  happened: readonly Happened[],
): void {
  if (told.event !== 'unlock' && told.event !== 'repair') return;
  const state = mustFind(side, lock, told.about.user);
  const isDoubt = told.event === 'unlock' && told.about.gen === 0;
  if (isDoubt && state.is !== 'busy') return leave(state, 0);
  const wanted = state.fenced ? 'EFENCED' : 0;
  const isRight = code === wanted || side.overwritten[lock] === true;
  must(
    'who owns it may unlock it',
    isRight,
    () => `user ${told.about.user} is told ${code} when it ${happened[0]?.what ?? 'acts'}`,
  );
  if (isDoubt) {
    again(state);
    leave(state, 0);
  } else if (told.event === 'unlock' || code === 'EFENCED') {
    rest(state);
    leave(state, 0);
  } else state.died = false;
}

/** A call that it made besides. The guard of a hold that was lost is still there, and may be about to be given back. */
function refuse(state: UserState, code: string, gen: number): readonly Happened[] {
  const isRight = code === (state.fenced ? 'EFENCED' : 'EDEADLK');
  must('who fails, fails for a reason', isRight, () => `an owner is told ${code}`);
  if (!state.fenced) return [];
  if (state.at === 'nowhere') state.old = state.gen === gen ? 'present' : 'past';
  // Its unlock will be refused, which nobody hears.
  else if (state.at === 'calls') state.at = 'nowhere';
  else state.isLost = true;
  rest(state);
  return [];
}

function mustFind(side: Side, lock: number, user: number): UserState {
  const state = userAt(side, lock, user);
  must('every answer has its wish', state !== undefined, () => `there is no user ${user}`);
  return state as UserState;
}
