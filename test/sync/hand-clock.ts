import type { Host } from '../../src/host/host.ts';

/** Timers go off when the test says so: also between a grant and what the granted flow does next. */
export class HandClock implements Pick<Host, 'timer'> {
  readonly #timers = new Set<{ ms: number; fn: () => void }>();

  timer(ms: number, fn: () => void): Disposable {
    const timer = { ms, fn };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** How long those that are set take. */
  get set(): number[] {
    return [...this.#timers].map(({ ms }) => ms);
  }

  /** All of them go off. */
  fire(): void {
    const timers = [...this.#timers];
    this.#timers.clear();
    for (const { fn } of timers) fn();
  }
}
