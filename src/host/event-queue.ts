import type { Random } from './seeded-random.ts';

type Event = { due: number; run: () => void; background: boolean };

/**
 * What happens next on virtual time. Of several events due at the same instant a seeded choice takes one: a program that
 * leans on an order nobody promised meets the other one too.
 */
export class EventQueue {
  now: number;
  readonly #random: Random;
  readonly #events = new Set<Event>();

  constructor(now: number, random: Random) {
    this.now = now;
    this.#random = random;
  }

  /** A background event does not keep the simulation going. */
  add(delay: number, run: () => void, background = false): Disposable {
    const event = { due: this.now + Math.max(0, delay), run, background };
    this.#events.add(event);
    return { [Symbol.dispose]: () => void this.#events.delete(event) };
  }

  /** Whether anything but background events is left. */
  get busy(): boolean {
    for (const event of this.#events) if (!event.background) return true;
    return false;
  }

  /** Runs the next event due by `until`, advancing the time to it. Answers whether there was one. */
  step(until = Infinity): boolean {
    let due = Infinity;
    for (const event of this.#events) due = Math.min(due, event.due);
    if (due > until || due === Infinity) return false;
    const candidates = [...this.#events].filter((event) => event.due === due);
    const event = candidates[this.#random.below(candidates.length)];
    if (event === undefined) return false;
    this.#events.delete(event);
    this.now = due;
    event.run();
    return true;
  }
}
