/**
 * Between which two steps of `FutexWord` a task is: nothing of its own comes between, but a stop or its death may. `took`: the word is
 * its own. `fresh`: its mappings are as it knows them. `undoes`: it must not have it. `doubts`: an unlock is on its way, of whatever it
 * has. `gives`: the generation is that of its guard. `calls`: an unlock by
 * its guard is on its way.
 */
export type ByWord = {
  at: 'nowhere' | 'took' | 'fresh' | 'undoes' | 'doubts' | 'gives' | 'calls';
  /** The hold that it took or gives back was lost meanwhile: what it has now is another, by a call. */
  isLost: boolean;
  /** The grant that it has learned by a call, and that of a guard whose hold was lost. */
  known: Age;
  old: Age;
  /** Its mappings have changed since it looked at them. */
  isMoved: boolean;
  /** Lock calls that its broker has not got yet. */
  asks: number;
};

/** A grant, against the generation that stands behind the word. */
export type Age = 'none' | 'past' | 'present';

export const NOTHING_BY_WORD: ByWord = {
  at: 'nowhere',
  isLost: false,
  known: 'none',
  old: 'none',
  isMoved: false,
  asks: 0,
};

/** Another generation is written behind the word. */
export function age(users: readonly ByWord[]): void {
  for (const user of users) {
    if (user.known === 'present') user.known = 'past';
    if (user.old === 'present') user.old = 'past';
  }
}

/**
 * By a call one has got the lock by the present grant. The others may have had it by that once, in a turn that nobody counts: else those
 * who have one turn would never use the word.
 */
export function learn(users: readonly (ByWord & { is: string })[], user: number): void {
  for (const [index, state] of users.entries()) {
    const isIt = index + 1 === user && state.at === 'nowhere';
    if (isIt || (state.is === 'idle' && state.known === 'none')) state.known = 'present';
  }
}
