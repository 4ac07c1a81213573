import { FREE, ownedBy, slow } from '../../src/lock/index.ts';
import type { Side, UserState } from './parts.ts';

/** What has happened to users, in order, for those who keep the book. */
export type Happened =
  | { what: 'granted'; gen: number; ownerDied: boolean }
  | { what: 'unlocks' | 'repairs' | 'leaves'; gen: number; died: boolean }
  | { what: 'failed'; code: string };

/** `unlocks`: the user that does, if one does. */
export type TaskStep = { name: string; unlocks: number | null; take: () => Happened[] };

/** Nobody's name: who writes it into a word has overwritten it. */
const STRANGER = 99;
const GARBAGE: readonly number[] = [0, 5, ownedBy(STRANGER), ownedBy(STRANGER) + 1, 0xfffffffc];

/** A user is named by its number in all that keepers and words say. */
export function userAt(side: Side, lock: number, user: number): UserState | undefined {
  return side.users[lock]?.[user - 1];
}

/** The compare-exchanges by which tasks lock and unlock without their broker: those that would come true now. `gen`: of the keeper. */
export function stepsOfTasks(side: Side, lock: number, gen: number, ignoresSlow = false): TaskStep[] {
  const steps: TaskStep[] = [];
  if (!side.alive) return steps;
  const word = side.words[lock] ?? 0;
  for (const [index, state] of (side.users[lock] ?? []).entries()) {
    const user = index + 1;
    if (word === FREE && state.is === 'idle' && state.left !== 0) {
      steps.push({
        name: `user ${user} takes the word of lock ${lock}`,
        unlocks: null,
        take: () => {
          begin(state, 'owns');
          return own(side, lock, user, gen);
        },
      });
    } else if (state.is === 'owns' && (word === ownedBy(user) || (ignoresSlow && word === slow(ownedBy(user))))) {
      steps.push({
        name: `user ${user} gives the word of lock ${lock} back`,
        unlocks: user,
        take: () => {
          const happened: Happened = { what: 'unlocks', gen: state.gen, died: false };
          side.words[lock] = FREE;
          rest(state);
          return [happened];
        },
      });
    }
  }
  return [...steps, ...lateTakes(side, lock, gen)];
}

/** Whoever has it by the word has lost it; if the word was lent out, the next is to be told. */
export function overwrites(side: Side, lock: number, isLent: boolean, gen: number): TaskStep[] {
  if (!side.alive) return [];
  return GARBAGE.map((garbage) => ({
    name: `a task writes ${garbage} into the word of lock ${lock}`,
    unlocks: null,
    take: () => {
      side.words[lock] = garbage;
      side.overwritten[lock] = true;
      return isLent ? [{ what: 'leaves', gen, died: false }] : [];
    },
  }));
}

export function begin(state: UserState, is: 'waits' | 'owns'): void {
  state.is = is;
  if (state.left > 0) state.left -= 1;
}

export function rest(state: UserState): void {
  Object.assign(state, { is: 'idle', noQueue: false, gen: 0, died: false, fenced: false });
}

export function go(state: UserState): void {
  rest(state);
  Object.assign(state, { is: 'gone', left: 0 });
}

function own(side: Side, lock: number, user: number, gen: number): Happened[] {
  const state = userAt(side, lock, user);
  if (state !== undefined) state.gen = gen;
  side.words[lock] = ownedBy(user);
  return [{ what: 'granted', gen, ownerDied: false }];
}

/** It takes the word although it may not any more, which it finds out right after: then it gives it back, or dies before that. */
function lateTakes(side: Side, lock: number, gen: number): TaskStep[] {
  return (side.users[lock] ?? []).flatMap(({ is }, index) => {
    const own = ownedBy(index + 1);
    const word = side.words[lock];
    if (is !== 'gone' || (word !== own && (word !== FREE || side.late === 0))) return [];
    const take = (): Happened[] => {
      side.words[lock] = own;
      side.late -= 1;
      return [{ what: 'leaves', gen, died: false }];
    };
    // Nobody has seen it: the lock was clean when it was lent out, and is.
    const giveBack = (): Happened[] => {
      side.words[lock] = FREE;
      return [{ what: 'repairs', gen, died: false }];
    };
    const name = `user ${index + 1}, who has left, ${word === own ? 'gives back' : 'takes'} the word of lock ${lock}`;
    return [{ name, unlocks: null, take: word === own ? giveBack : take }];
  });
}
