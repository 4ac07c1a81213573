/** By which a task has a futex: the generation, in two halves as its word has it. Guards of one grant share it. */
export class Grant {
  readonly #low: number;
  readonly #high: number;

  /** Halves of 32 bits: whatever their sign, they are kept as integers that take up no memory of their own. */
  constructor(low: number, high: number) {
    this.#low = low | 0;
    this.#high = high | 0;
  }

  static of(gen: number): Grant {
    return new Grant(gen >>> 0, Math.floor(gen / 2 ** 32));
  }

  get gen(): number {
    return (this.#low >>> 0) + (this.#high >>> 0) * 2 ** 32;
  }

  is(low: number, high: number): boolean {
    return this.#low === (low | 0) && this.#high === (high | 0);
  }
}
