import type { HeldLock } from '../../src/sync/index.ts';

/** A lock as plain as a lock can be: who comes second waits. */
export class SlowLock {
  /** How often it has been taken. */
  takes = 0;
  #isFree = true;
  readonly #waiting: (() => void)[] = [];

  get isFree(): boolean {
    return this.#isFree;
  }

  async take(): Promise<void> {
    if (!this.#isFree) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    this.#isFree = false;
    this.takes += 1;
  }

  /** To the next, if somebody waits. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isFree = true;
    else next();
  }

  held(): HeldLock {
    return { release: () => this.give(), reacquire: () => this.take() };
  }
}
