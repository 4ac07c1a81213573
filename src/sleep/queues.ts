/**
 * Sleep queues (lwkt.md §2): who waits for what, first in first out. Sleepers are put in by `prepare`, before they let go of what they
 * hold, and not when they go to sleep: a wakeup in between takes them out, and finds nobody it could pass by.
 */
export class SleepQueues<Ident, Sleeper> {
  readonly #queues = new Map<Ident, Set<Entry<Ident, Sleeper>>>();
  readonly #entries = new Map<Sleeper, Entry<Ident, Sleeper>>();

  /** Puts it at the end of the queue. A sleeper is in one queue: what it had prepared before is void (§2.2). */
  prepare(sleeper: Sleeper, ident: Ident, domain: number): void {
    this.remove(sleeper);
    const entry = { sleeper, ident, domain, isAsleep: false };
    const queue = this.#queues.get(ident) ?? new Set();
    this.#queues.set(ident, queue.add(entry));
    this.#entries.set(sleeper, entry);
  }

  /** It goes to sleep. False: it is in no queue, for it has been woken, or is not prepared. */
  asleep(sleeper: Sleeper): boolean {
    const entry = this.#entries.get(sleeper);
    if (entry === undefined) return false;
    entry.isAsleep = true;
    return true;
  }

  /** It will not sleep, or not any more. */
  remove(sleeper: Sleeper): void {
    const entry = this.#entries.get(sleeper);
    if (entry === undefined) return;
    this.#entries.delete(sleeper);
    const queue = this.#queues.get(entry.ident);
    queue?.delete(entry);
    if (queue?.size === 0) this.#queues.delete(entry.ident);
  }

  /** Takes out all that passed this very domain (§2.4). */
  wakeup(ident: Ident, domain: number): Sleeper[] {
    return this.#take(ident, domain, false).woken;
  }

  /**
   * Takes out the first that is asleep, and those before it that are only prepared: these may yet decide not to sleep, and would have
   * had the only wakeup. `isEnough`: one was asleep.
   */
  wakeupOne(ident: Ident, domain: number): { woken: Sleeper[]; isEnough: boolean } {
    return this.#take(ident, domain, true);
  }

  /** There will be no more wakeups: takes out all, whatever their domain. */
  end(ident: Ident): Sleeper[] {
    const woken = [...(this.#queues.get(ident) ?? [])].map(({ sleeper }) => sleeper);
    for (const sleeper of woken) this.remove(sleeper);
    return woken;
  }

  /** How many are in the queue, of all domains, or of this one. */
  count(ident: Ident, domain?: number): number {
    const queue = this.#queues.get(ident);
    if (queue === undefined || domain === undefined) return queue?.size ?? 0;
    return [...queue].filter((entry) => entry.domain === domain).length;
  }

  identOf(sleeper: Sleeper): Ident | undefined {
    return this.#entries.get(sleeper)?.ident;
  }

  /** Everybody, with what they wait for. */
  entries(): Iterable<Readonly<Entry<Ident, Sleeper>>> {
    return this.#entries.values();
  }

  #take(ident: Ident, domain: number, one: boolean): { woken: Sleeper[]; isEnough: boolean } {
    const woken: Sleeper[] = [];
    const queue = this.#queues.get(ident);
    if (queue === undefined) return { woken, isEnough: false };
    for (const entry of queue) {
      if (entry.domain !== domain) continue;
      this.remove(entry.sleeper);
      woken.push(entry.sleeper);
      if (one && entry.isAsleep) return { woken, isEnough: true };
    }
    return { woken, isEnough: false };
  }
}

type Entry<Ident, Sleeper> = { sleeper: Sleeper; ident: Ident; domain: number; isAsleep: boolean };
