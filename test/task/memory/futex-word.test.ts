import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FREE, ownedBy, SHUT, slow } from '../../../src/lock/index.ts';
import { BUSY, DOUBTFUL, FutexWord, TAKEN } from '../../../src/task/memory/futex-word.ts';
import { Grant } from '../../../src/task/memory/grant.ts';
import { FORMS } from '../../os/forms.ts';
import { arrayOf, wordsOf } from '../../os/shared-array.ts';

// What a task does with a word, each time when the broker has done something between two of its steps.

const OWN = ownedBy(7);
const OTHER = ownedBy(8);
const GRANT = Grant.of(5 + 2 ** 32);
/** The word, its generation in two words, its uses. */
const AT = 4;
const [GEN, USES] = [AT + 1, AT + 3];
const [MAPPED] = FORMS.filter(({ form }) => form === 'mapped');

describe.skipIf(MAPPED === undefined)('a mapped word', () => {
  let words: Uint32Array = new Uint32Array(0);
  let slot: Uint32Array = new Uint32Array(0);
  let futex: FutexWord;
  let close: () => void;

  beforeEach(() => {
    const file = MAPPED?.create(4096);
    const [all, mine] = [file?.window(0, 64), file?.window(64, 8)];
    [words, slot] = [arrayOf(all?.words ?? wordsOf(words)), arrayOf(mine?.words ?? wordsOf(slot))];
    slot[1] = 3;
    words.set([5, 1], GEN);
    words[AT] = FREE;
    futex = new FutexWord(OWN);
    futex.grant = GRANT;
    futex.open(wordsOf(words.subarray(AT, USES + 1)), wordsOf(slot), 3);
    close = () => file?.[Symbol.dispose]();
  });
  afterEach(() => close());

  test('is taken by who finds it free, and given back', () => {
    expect(futex.takeWord()).toBe(TAKEN);
    expect([words[AT], words[USES]]).toEqual([OWN, 1]);
    expect(futex.takeWord()).toBe(BUSY);
    expect(futex.giveWord(GRANT)).toBe(true);
    expect([words[AT], words[USES]]).toEqual([FREE, 1]);
    expect(futex.giveWord(GRANT)).toBe(false);
    expect(words[AT]).toBe(FREE);
    // Those around it are none of this.
    expect([...words].filter((_, i) => i < AT || i > USES)).toEqual(Array(words.length - 4).fill(0));
  });

  test.each([
    ['shut', SHUT],
    ['another’s', OTHER],
    ['its own, slow', slow(OWN)],
  ])('that is %s stays as it is, and is a matter for the broker', (_, word) => {
    words[AT] = word;
    expect(futex.takeWord()).toBe(BUSY);
    expect(futex.giveWord(GRANT)).toBe(false);
    expect([words[AT], words[USES]]).toEqual([word, 0]);
  });

  test('is not its own by another grant', () => {
    words[AT] = OWN;
    words[GEN] = 6;
    expect(futex.giveWord(GRANT)).toBe(false);
    words.set([5, 2], GEN);
    expect(futex.giveWord(GRANT)).toBe(false);
    expect(words[AT]).toBe(OWN);
  });

  test('is given back if the task’s mappings have changed', () => {
    slot[1] = 4;
    expect(futex.takeWord()).toBe(BUSY);
    expect([words[AT], words[USES]]).toEqual([FREE, 0]);
  });

  test.each([
    [6, 1],
    [5, 2],
  ])('is given back if it was granted anew since its grant was told', (low, high) => {
    words.set([low, high], GEN);
    expect(futex.takeWord()).toBe(BUSY);
    expect([words[AT], words[USES]]).toEqual([FREE, 0]);
    futex.grant = new Grant(low, high);
    expect(futex.takeWord()).toBe(TAKEN);
  });

  test('is nobody’s business once it is closed', () => {
    futex.close();
    expect(futex.takeWord()).toBe(BUSY);
    words[AT] = OWN;
    expect(futex.giveWord(GRANT)).toBe(false);
    expect(words[AT]).toBe(OWN);
  });

  test.each([
    ['somebody waits by now', slow(OWN)],
    ['it was revoked', OTHER],
  ])('of which that is not sure, and %s: the broker is told', (_, word) => {
    slot[1] = 4;
    meanwhile(() => (words[AT] = word));
    expect(futex.takeWord()).toBe(DOUBTFUL);
    expect([words[AT], words[USES]]).toEqual([word, 0]);
  });

  test('that a stopped process has lost does not get the generation of who has it now', () => {
    meanwhile(() => {
      words[AT] = OTHER;
      words[GEN] = 6;
    });
    expect(futex.takeWord()).toBe(DOUBTFUL);
    expect(words[AT]).toBe(OTHER);
  });

  /** Between the next compare-exchange and what comes after it. */
  function meanwhile(fn: () => void): void {
    const { compareExchange } = Atomics;
    Atomics.compareExchange = ((array: Uint32Array, ...args: [number, number, number]) => {
      const answer = compareExchange(array, ...args);
      Atomics.compareExchange = compareExchange;
      fn();
      return answer;
    }) as typeof compareExchange;
  }
});

test('a generation is kept in two halves', () => {
  for (const gen of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 5 + 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    expect(Grant.of(gen).gen).toBe(gen);
    expect(Grant.of(gen).is(gen >>> 0, Math.floor(gen / 2 ** 32))).toBe(true);
    expect(Grant.of(gen).is(gen >>> 0, Math.floor(gen / 2 ** 32) + 1)).toBe(false);
    expect(Grant.of(gen).is((gen + 1) >>> 0, Math.floor(gen / 2 ** 32))).toBe(false);
  }
});
