/** Tuples of small integers, each kept once, numbered in the order in which they came. */
export class Tuples {
  readonly #width: number;
  #values: Int32Array;
  #table = new Int32Array(1 << 16).fill(EMPTY);
  size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#values = new Int32Array(width << 12);
  }

  get(index: number): Int32Array {
    return this.#values.subarray(index * this.#width, (index + 1) * this.#width);
  }

  /** Answers its number: that of a new one is what `size` was. */
  add(tuple: readonly number[]): number {
    if (this.size * 2 >= this.#table.length) this.#grow();
    const mask = this.#table.length - 1;
    let slot = hash(tuple) & mask;
    for (let at = this.#table[slot]; at !== EMPTY && at !== undefined; at = this.#table[slot]) {
      if (this.#equals(at, tuple)) return at;
      slot = (slot + 1) & mask;
    }
    this.#table[slot] = this.size;
    this.#append(tuple);
    return this.size - 1;
  }

  #equals(index: number, tuple: readonly number[]): boolean {
    const base = index * this.#width;
    for (let at = 0; at < this.#width; at += 1) if (this.#values[base + at] !== tuple[at]) return false;
    return true;
  }

  #append(tuple: readonly number[]): void {
    const base = this.size * this.#width;
    if (base >= this.#values.length) {
      const values = new Int32Array(this.#values.length * 2);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values.set(tuple, base);
    this.size += 1;
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(EMPTY);
    const mask = this.#table.length - 1;
    for (let index = 0; index < this.size; index += 1) {
      let slot = hash(this.get(index)) & mask;
      while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#table[slot] = index;
    }
  }
}

const EMPTY = -1;

function hash(tuple: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < tuple.length; at += 1) {
    sum = Math.imul(sum ^ (tuple[at] ?? 0), 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum;
}
