import { afterEach, expect, test } from 'vitest';
import { FREE, ownedBy, SHUT, slow } from '../../src/lock/index.ts';
import { BUSY, DOUBTFUL, FutexWord, TAKEN } from '../../src/task/memory/futex-word.ts';
import { Grant } from '../../src/task/memory/grant.ts';
import { wordsOf } from '../os/shared-array.ts';
import { NO_BUDGET, SMALL } from './bounds.ts';
import { newSide, type Side, type UserState } from './parts.ts';
import { stepsOfTasks } from './word-steps.ts';

// The steps that are explored are those of the word that ships, whatever the broker does between any two of them.

const OWN = ownedBy(1);
const WORDS = [SHUT, FREE, OWN, slow(OWN), ownedBy(2), slow(ownedBy(2))];
const GENS = [5, 6];
/** What the broker makes of the word and of the generation after the first compare-exchange; null: nothing. */
const MEANWHILE = [null, ...WORDS.flatMap((word) => GENS.map((gen) => ({ word, gen })))];
const { compareExchange } = Atomics;
afterEach(() => (Atomics.compareExchange = compareExchange));

test('a word is taken by the steps that are explored', () => {
  for (const word of WORDS) {
    for (const gen of GENS) {
      for (const isMoved of [false, true]) {
        for (const meanwhile of MEANWHILE) {
          const { side, state } = sideWith(word, { is: 'idle', known: gen === 5 ? 'present' : 'past', isMoved });
          step(side, gen, 'takes');
          let now = gen;
          if (state.at === 'took' && meanwhile !== null) {
            [side.words[0], now] = [meanwhile.word, meanwhile.gen];
            state.known = now === 5 ? 'present' : 'past';
          }
          while (state.at !== 'nowhere' && state.at !== 'doubts') step(side, now, '');
          const how = state.at === 'doubts' ? DOUBTFUL : state.is === 'owns' ? TAKEN : BUSY;
          const shipped = new Shipped(word, gen, isMoved);
          shipped.afterwards(meanwhile);
          expect([shipped.futex.takeWord(), shipped.word]).toEqual([how, side.words[0]]);
        }
      }
    }
  }
});

test('a word is given back by the steps that are explored', () => {
  for (const word of WORDS) {
    for (const gen of GENS) {
      for (const meanwhile of [null, ...WORDS]) {
        const { side, state } = sideWith(word, { is: 'owns', gen: 5, known: 'present' });
        step(side, gen, 'looks');
        if (meanwhile !== null) side.words[0] = meanwhile;
        if (state.at === 'gives') step(side, gen, 'gives');
        const shipped = new Shipped(word, gen, false);
        const isGiven = shipped.futex.giveWord(grantThat(() => meanwhile !== null && shipped.write(meanwhile)));
        expect([isGiven, shipped.word]).toEqual([state.is === 'idle', side.words[0]]);
      }
    }
  }
});

function sideWith(word: number, looks: Partial<UserState>): { side: Side; state: UserState } {
  const side = newSide({ ...SMALL, budget: NO_BUDGET });
  const [[user] = []] = side.users;
  if (user === undefined) throw new Error('there is no user');
  const state = { ...user, ...looks };
  return { side: { ...side, users: [[state]], words: [word] }, state };
}

/** The step of this name, if it is possible. */
function step(side: Side, gen: number, name: string): void {
  stepsOfTasks(side, 0, gen)
    .find((one) => one.name.startsWith(`user 1 ${name}`))
    ?.take();
}

/** The word that ships, of a task that knows the grant 5. */
class Shipped {
  readonly futex = new FutexWord(OWN);
  readonly #words: Uint32Array;

  constructor(word: number, gen: number, isMoved: boolean) {
    this.#words = Uint32Array.of(word, gen, 0, 0);
    this.futex.grant = Grant.of(5);
    this.futex.open(wordsOf(this.#words), wordsOf(Uint32Array.of(0, isMoved ? 4 : 3)), 3);
  }

  get word(): number {
    return this.#words[0] ?? SHUT;
  }

  write(word: number): boolean {
    this.#words[0] = word;
    return true;
  }

  /** Once the next compare-exchange has taken the word. */
  afterwards(change: { word: number; gen: number } | null): void {
    Atomics.compareExchange = ((words: Uint32Array, ...rest: [number, number, number]): number => {
      const seen = compareExchange(words, ...rest);
      Atomics.compareExchange = compareExchange;
      if (seen === FREE && change !== null) this.#words.set([change.word, change.gen]);
      return seen;
    }) as typeof compareExchange;
  }
}

/** The grant 5, and what happens once it has been looked at. */
function grantThat(change: () => void): Grant {
  class Looked extends Grant {
    override is(low: number, high: number): boolean {
      const is = super.is(low, high);
      change();
      return is;
    }
  }
  return new Looked(5, 0);
}
