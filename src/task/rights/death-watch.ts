import { runUserCode } from '../user-code.ts';

/** Who wants to know of the death of a port, told once. It goes along when the port changes its stand-in in this task. */
export class DeathWatch {
  readonly #waiting = new Set<() => void>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(fn: () => void): Disposable {
    this.#waiting.add(fn);
    return { [Symbol.dispose]: () => void this.#waiting.delete(fn) };
  }

  died(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const fn of waiting) runUserCode(fn);
  }
}
