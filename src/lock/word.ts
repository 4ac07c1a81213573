/**
 * The word of a cached lock, in memory that a broker and its tasks share (Part III of the seed, one level further; DESIGN 5.7). Who it names has the lock, from the very
 * compare-exchange on: a task that is killed right after it is an owner that died. Only a broker writes anything else than this:
 * a task takes FREE to OWN(t), and its own OWN(t) back to FREE.
 *
 * SHUT: nobody takes it without the broker, which is what fresh memory says. OWN(t) + SLOW: t has it, and tells the broker when it
 * unlocks.
 */
export interface Word {
  load(): number;
  /** Answers what was there. */
  exchange(value: number): number;
  store(value: number): void;
}

export const SHUT = 0;
export const FREE = 1;
const OWNED = 2;
const SLOW = 1;

/** More do not fit a word: such a task has its locks by messages. */
export const MOST_OWNER = 2 ** 30 - 1;

export function ownedBy(owner: number): number {
  return owner * 4 + OWNED;
}

export function slow(word: number): number {
  return word + SLOW;
}

/** Null: it names none. */
export function ownerIn(word: number): number | null {
  return (word & OWNED) === 0 ? null : word >>> 2;
}

/** What a broker finds when it takes a word back that it had lent out. */
export type Found = 'free' | 'overwritten' | { owner: number };

/**
 * The word is the broker's from now on: SHUT, so that whoever has it comes to the broker. By one exchange, which says what it said at
 * that moment: a look before it, or a compare-exchange that is tried again, could lose a race for ever to a task that takes the word and
 * gives it back all the time.
 */
export function takeBack(word: Word): Found {
  const found = word.exchange(SHUT);
  if (found === FREE) return 'free';
  const owner = ownerIn(found);
  return owner !== null && found === ownedBy(owner) ? { owner } : 'overwritten';
}
