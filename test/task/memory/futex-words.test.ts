import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FREE, ownedBy, SHUT, slow } from '../../../src/lock/index.ts';
import { BUSY, DOUBTFUL, FutexWords } from '../../../src/task/memory/futex-words.ts';
import { FORMS } from '../../os/forms.ts';

// What a task does with a word, each time when the broker has done something between two of its steps.

const OWN = ownedBy(7);
const OTHER = ownedBy(8);
/** The word, its generation in two words, its uses. */
const AT = 4;
const [GEN, USES] = [AT + 1, AT + 3];
const [MAPPED] = FORMS.filter(({ form }) => form === 'mapped');

describe.skipIf(MAPPED === undefined)('a mapped word', () => {
  let words: Uint32Array = new Uint32Array(0);
  let slot: Uint32Array = new Uint32Array(0);
  let futexes: FutexWords;
  let close: () => void;

  beforeEach(() => {
    const file = MAPPED?.create(4096);
    const [all, mine] = [file?.window(0, 64), file?.window(64, 8)];
    [words, slot] = [all?.words ?? words, mine?.words ?? slot];
    slot[1] = 3;
    words.set([5, 1], GEN);
    words[AT] = FREE;
    const made = all === undefined || mine === undefined ? null : FutexWords.on(all, mine, 4, 3);
    if (made === null) throw new Error('it is mapped');
    futexes = made;
    close = () => file?.[Symbol.dispose]();
  });
  afterEach(() => close());

  test('is taken by who finds it free, and given back', () => {
    expect(futexes.take(AT, OWN)).toBe(5 + 2 ** 32);
    expect([words[AT], words[USES]]).toEqual([OWN, 1]);
    expect(futexes.take(AT, OWN)).toBe(BUSY);
    expect(futexes.give(AT, OWN, 5 + 2 ** 32)).toBe(true);
    expect([words[AT], words[USES]]).toEqual([FREE, 1]);
    expect(futexes.give(AT, OWN, 5 + 2 ** 32)).toBe(false);
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
    expect(futexes.take(AT, OWN)).toBe(BUSY);
    expect(futexes.give(AT, OWN, 5 + 2 ** 32)).toBe(false);
    expect([words[AT], words[USES]]).toEqual([word, 0]);
  });

  test('is not its own by another grant', () => {
    words[AT] = OWN;
    words[GEN] = 6;
    expect(futexes.give(AT, OWN, 5 + 2 ** 32)).toBe(false);
    words.set([5, 2], GEN);
    expect(futexes.give(AT, OWN, 5 + 2 ** 32)).toBe(false);
    expect(words[AT]).toBe(OWN);
  });

  test('is given back if the task’s mappings have changed', () => {
    slot[1] = 4;
    expect(futexes.take(AT, OWN)).toBe(BUSY);
    expect([words[AT], words[USES]]).toEqual([FREE, 0]);
  });

  test('is given back if it was granted anew since the look at its generation', () => {
    meanwhile('load', GEN + 1, () => (words[GEN] = 6));
    expect(futexes.take(AT, OWN)).toBe(BUSY);
    expect([words[AT], words[USES]]).toEqual([FREE, 0]);
    expect(futexes.take(AT, OWN)).toBe(6 + 2 ** 32);
  });

  test.each([
    ['somebody waits by now', slow(OWN)],
    ['it was revoked', OTHER],
  ])('of which that is not sure, and %s: the broker is told', (_, word) => {
    slot[1] = 4;
    meanwhile('compareExchange', AT, () => (words[AT] = word));
    expect(futexes.take(AT, OWN)).toBe(DOUBTFUL);
    expect([words[AT], words[USES]]).toEqual([word, 0]);
  });

  test('that a stopped process has lost does not get the generation of who has it now', () => {
    meanwhile('compareExchange', AT, () => {
      words[AT] = OTHER;
      words[GEN] = 6;
    });
    expect(futexes.take(AT, OWN)).toBe(DOUBTFUL);
    expect(words[AT]).toBe(OTHER);
  });

  /** Between the first such step on this word, and what comes after it. */
  function meanwhile(step: 'load' | 'compareExchange', at: number, fn: () => void): void {
    const real = Atomics[step] as (array: Uint32Array, ...args: number[]) => number;
    Atomics[step] = ((array: Uint32Array, ...args: number[]) => {
      const answer = real(array, ...args);
      if (array === words && args[0] === at) {
        Atomics[step] = real as never;
        fn();
      }
      return answer;
    }) as never;
  }
});

test('words that are not mapped are none', () => {
  const file = FORMS.at(-1)?.create(4096);
  const [all, mine] = [file?.window(0, 64), file?.window(64, 8)];
  expect(all === undefined || mine === undefined ? undefined : FutexWords.on(all, mine, 4, 3)).toBeNull();
  file?.[Symbol.dispose]();
});
