import type { Request, Wish } from '../../src/lockmgr/index.ts';
import type { LockRig } from './rig.ts';

/** Of others that had come before: an upgrade, and *the* exclusive request. */
const MOST_WRITERS = 2;
/** One batch of readers, when an exclusive holder goes. */
const MOST_BATCHES = 1;

/**
 * Neither kind waits for ever (lwkt.md §3.4): how many exclusive holders go before a reader that waits, and how many batches of readers
 * before the first of the writers. What its holders make of the lock by themselves (upgrades at once, downgrades) does not count.
 */
export class Fairness {
  readonly #overtaken = new Map<Wish, number>();
  #first: Wish | null = null;
  #batches = 0;

  look(line: string, { lock, outcome }: LockRig): void {
    const { parked, pending, writers } = lock;
    const handedOn = outcome.slice(1).some((effect) => effect.endsWith('granted'));
    if (handedOn && lock.exclusive > 0) this.#exclusive(line, parked);
    const [firstWriter] = writers.values();
    const first = (pending ?? firstWriter ?? null)?.wish ?? null;
    const isBatch = handedOn && lock.shares > 0 && / (release|leave)$/.test(line);
    if (first === null || first !== this.#first) this.#batches = 0;
    else if (isBatch) this.#batches += 1;
    this.#first = first;
    if (this.#batches > MOST_BATCHES) throw new Error(`after ${line}: ${this.#batches} batches went before a writer`);
  }

  #exclusive(line: string, parked: ReadonlyMap<Wish, Request>): void {
    for (const wish of parked.keys()) {
      const count = (this.#overtaken.get(wish) ?? 0) + 1;
      this.#overtaken.set(wish, count);
      if (count > MOST_WRITERS) throw new Error(`after ${line}: ${count} exclusive holders went before a reader`);
    }
  }
}
