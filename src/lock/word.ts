/**
 * The word of a cached lock, in memory that a broker and its tasks share (DESIGN 5.7). Who it names has the lock, from the very
 * compare-exchange on: a task that is killed right after it is an owner that died. Only a broker writes anything else than this:
 * a task takes FREE to OWN(t), and its own OWN(t) back to FREE.
 *
 * SHUT: nobody takes it without the broker, which is what fresh memory says. OWN(t) + SLOW: t has it, and tells the broker when it
 * unlocks.
 */
export interface Word {
  load(): number;
  /** Answers what was there: it is written if that is `expected`. */
  compareExchange(expected: number, value: number): number;
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
 * The word is the broker's from now on: SHUT, or owned and SLOW, so that its owner comes to the broker. Tasks go on meanwhile, which
 * is why it looks again; one that does nothing else could keep it here for ever, and is taken for one that overwrites.
 */
export function takeBack(word: Word): Found {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const seen = word.load();
    const owner = ownerIn(seen);
    if (seen !== FREE && (owner === null || seen !== ownedBy(owner))) break;
    const next = owner === null ? SHUT : slow(seen);
    if (word.compareExchange(seen, next) === seen) return owner === null ? 'free' : { owner };
  }
  word.store(SHUT);
  return 'overwritten';
}

const MOST_LOOKS = 100;
