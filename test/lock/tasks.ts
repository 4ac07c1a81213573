import { ownedBy } from '../../src/lock/index.ts';
import { NOTHING_BY_WORD } from './by-word.ts';
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
  const { at, isLost, known } = state;
  Object.assign(state, NOTHING_BY_WORD, {
    is: 'gone',
    left: 0,
    at: at === 'doubts' || at === 'calls' ? 'nowhere' : at,
    isLost,
    known,
  });
}
