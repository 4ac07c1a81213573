import { describe, expect, test } from 'vitest';
import { FREE, MOST_OWNER, ownedBy, ownerIn, SHUT, slow, takeBack, type Word } from '../../src/lock/index.ts';

/** As in memory: 32 bits. Before each access of the broker a task does what it may. */
function wordOf(
  value: number,
  task: (words: Uint32Array) => void = () => undefined,
): { word: Word; words: Uint32Array } {
  const words = Uint32Array.of(value);
  const before = <T>(access: () => T): T => {
    task(words);
    return access();
  };
  const word: Word = {
    load: () => before(() => Atomics.load(words, 0)),
    exchange: (next) => before(() => Atomics.exchange(words, 0, next)),
    store: (next) => before(() => void Atomics.store(words, 0, next)),
  };
  return { word, words };
}

describe('what a word says', () => {
  test.each([1, 7, MOST_OWNER])('task %i owns it, SLOW or not', (task) => {
    const [owned] = Uint32Array.of(ownedBy(task));
    const [marked] = Uint32Array.of(slow(ownedBy(task)));
    expect([owned, marked].map((word) => ownerIn(word ?? SHUT))).toEqual([task, task]);
    expect(new Set([SHUT, FREE, owned, marked]).size).toBe(4);
  });

  test.each([SHUT, FREE])('%i names nobody', (word) => {
    expect(ownerIn(word)).toBe(null);
  });
});

describe('a word that is taken back', () => {
  test.each([
    ['free', FREE, 'free'],
    ['owned', ownedBy(7), { owner: 7 }],
    ['owned by the last that fits', ownedBy(MOST_OWNER), { owner: MOST_OWNER }],
    ['shut by somebody else than the broker', SHUT, 'overwritten'],
    ['marked by somebody else than the broker', slow(ownedBy(7)), 'overwritten'],
    ['garbage', 0xdead_beec, 'overwritten'],
  ])('was %s', (_name, value, found) => {
    const { word, words } = wordOf(value);
    expect(takeBack(word)).toEqual(found);
    expect([...words]).toEqual([SHUT]);
  });

  test('has the owner that it had at that very moment, however often a task takes it and gives it back', () => {
    const own = ownedBy(7);
    let owns = false;
    const { word, words } = wordOf(FREE, (memory) => {
      if (Atomics.compareExchange(memory, 0, FREE, own) === FREE) owns = true;
      else if (Atomics.compareExchange(memory, 0, own, FREE) === own) owns = false;
    });
    for (let times = 0; times < 10; times += 1) {
      const found = takeBack(word);
      expect(found).toEqual(owns ? { owner: 7 } : 'free');
      Atomics.store(words, 0, owns ? own : FREE);
    }
  });
});
