/** How many bytes there are to give. */
export class Quota {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes `bytes`, or what is left of them; answers how many it got. */
  take(bytes: number): number {
    const got = Math.min(bytes, this.#left);
    this.#left -= got;
    return got;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}
