/** Time that passes when the test says so, in the middle of a turn too: between a wakeup and the moment at which the sleeper goes on. */
export class HandClock {
  readonly #timers = new Map<object, { at: number; fn: () => void }>();
  #now = 0;

  timer(ms: number, fn: () => void): Disposable {
    const timer = { [Symbol.dispose]: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { at: this.#now + ms, fn });
    return timer;
  }

  /** Runs what is due, at once. */
  pass(ms: number): void {
    this.#now += ms;
    for (const [timer, { at, fn }] of this.#timers) {
      if (at > this.#now) continue;
      this.#timers.delete(timer);
      fn();
    }
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.size;
  }
}
