/** One call of `critical` that has not ended. Those that it was made inside of are around it. */
export type Section = {
  readonly around: Section | null;
  /** Where it was entered, for the texts of those that it keeps waiting. */
  readonly at: () => string;
  /** Who is asleep in it, or in a section inside it. */
  asleep: number;
  isOver: boolean;
};

/**
 * The gate before a thread whose program is in critical sections (lwkt.md §2.7). It is closed while there is a section in which
 * nobody is asleep; what arrives then is held, and goes on first in first out. What to do with it is the caller's.
 *
 * A section that somebody in it sleeps in is given up, with all around it: who runs several things side by side in one section, and
 * wants them protected from each other's sleep, gives each a section of its own. Were a section given up only when all in it sleep, one
 * that waits for what another would do after its sleep could wait for ever.
 */
export class CriticalGate<Item> {
  readonly #held = new Set<Item>();
  readonly #sections = new Set<Section>();
  #awake = 0;

  /** Begins a section, inside of `around`. */
  enter(around: Section | null, at: () => string): Section {
    const section = { around, at, asleep: 0, isOver: false };
    this.#sections.add(section);
    this.#awake += 1;
    return section;
  }

  leave(section: Section): void {
    section.isOver = true;
    this.#sections.delete(section);
    if (section.asleep === 0) this.#awake -= 1;
  }

  /** Somebody in it goes to sleep. */
  sleep(inside: Section): void {
    for (const section of outwards(inside)) {
      if (section.asleep === 0 && !section.isOver) this.#awake -= 1;
      section.asleep += 1;
    }
  }

  /** The sleeper is about to go on: what it gave up is its again first. */
  resume(inside: Section): void {
    for (const section of outwards(inside)) {
      section.asleep -= 1;
      if (section.asleep === 0 && !section.isOver) this.#awake += 1;
    }
  }

  get isClosed(): boolean {
    return this.#awake > 0;
  }

  /** Whether there is any section, given up or not. */
  get hasSections(): boolean {
    return this.#sections.size > 0;
  }

  /** The oldest of those that keep it closed. */
  get closedBy(): Section | undefined {
    return [...this.#sections].find(({ asleep }) => asleep === 0);
  }

  /** What is held, in order. */
  get held(): ReadonlySet<Item> {
    return this.#held;
  }

  /** Answers whether it may go on at once; else it is held. What is held already is first, though the gate be open. */
  arrive(item: Item): boolean {
    if (!this.isClosed && this.#held.size === 0) return true;
    this.#held.add(item);
    return false;
  }

  /** Takes out what may go on now. Whoever passes it on asks again: that may have begun a section. */
  next(): Item | null {
    if (this.isClosed) return null;
    for (const item of this.#held) {
      this.#held.delete(item);
      return item;
    }
    return null;
  }

  /** Takes it out, wherever it is. */
  withdraw(item: Item): boolean {
    return this.#held.delete(item);
  }
}

function* outwards(inside: Section): Generator<Section, void, undefined> {
  for (let section: Section | null = inside; section !== null; section = section.around) yield section;
}
