/** Time that passes when the test says so, in the middle of a turn too: between a wakeup or a grant and the moment at which who waited goes on. */
export class HandClock {
  readonly #timers = new Map<object, { ms: number; at: number; fn: () => void }>();
  #now = 0;

  timer(ms: number, fn: () => void): Disposable {
    const timer = { [Symbol.dispose]: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { ms, at: this.#now + ms, fn });
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

  /** All of them go off. */
  fire(): void {
    this.pass(Number.POSITIVE_INFINITY);
  }

  /** How long those that are armed take. */
  get set(): number[] {
    return [...this.#timers.values()].map(({ ms }) => ms);
  }

  get armed(): number {
    return this.#timers.size;
  }
}
