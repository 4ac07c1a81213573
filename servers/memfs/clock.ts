/** Milliseconds since the epoch, never the same twice: who compares times of files (git does) sees every change. */
export class Clock {
  #last = 0;

  now(): number {
    this.#last = Math.max(Date.now(), this.#last + MICROSECOND);
    return this.#last;
  }
}

const MICROSECOND = 0.001;
