import { type SleepQueue, SleepQueues, type Slot } from '../sleep/index.ts';
import type { LocalIdent } from './ident.ts';

/** The sleepers of this thread on what only this thread knows. */
const queues = new SleepQueues<LocalIdent, Place>();

/** Those on one ident. A wakeup takes them out in place: there is no gap, and nothing to wait for. */
export class LocalQueue implements SleepQueue {
  readonly #ident: LocalIdent;

  constructor(ident: LocalIdent) {
    this.#ident = ident;
  }

  enter(domain: number, woken: () => void): Slot {
    const place = new Place(woken);
    queues.prepare(place, this.#ident, domain);
    return place;
  }

  wakeup(domain: number, one: boolean): void {
    const ident = this.#ident;
    const places = one ? queues.wakeupOne(ident, domain).woken : queues.wakeup(ident, domain);
    for (const place of places) place.woken();
  }
}

class Place implements Slot {
  readonly woken: () => void;

  constructor(woken: () => void) {
    this.woken = woken;
  }

  asleep(): void {
    queues.asleep(this);
  }

  remove(): void {
    queues.remove(this);
  }
}
