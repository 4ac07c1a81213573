import { now } from './clock.ts';
import type { Maybe } from './tree.ts';

/** The times of all calls of one pass, in microseconds. 8 bytes a call. */
export class Latencies {
  #micros = new Float64Array(4096);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Makes the call and records how long it took, failed or not. A result that is there is not awaited. */
  time<T>(call: () => Maybe<T>): Maybe<T> {
    const start = now();
    let result: Maybe<T>;
    try {
      result = call();
    } catch (error) {
      this.add((now() - start) * 1000);
      throw error;
    }
    if (result instanceof Promise) return this.#settle(result, start);
    this.add((now() - start) * 1000);
    return result;
  }

  add(micros: number): void {
    if (this.#count === this.#micros.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#micros);
      this.#micros = grown;
    }
    this.#micros[this.#count++] = micros;
  }

  /** Nearest-rank percentiles (`50` is the median), each in microseconds; 0 if there was no call. */
  percentiles(...ranks: number[]): number[] {
    const sorted = this.#micros.slice(0, this.#count).sort();
    return ranks.map((rank) => sorted[Math.max(Math.ceil((rank / 100) * sorted.length) - 1, 0)] ?? 0);
  }

  async #settle<T>(result: Promise<T>, start: number): Promise<T> {
    try {
      return await result;
    } finally {
      this.add((now() - start) * 1000);
    }
  }
}
