/** What has found no room in an object's port yet, or is on its way there. */
export class Unsent {
  #messages = 0;
  #bytes = 0;
  #isFull = false;

  /** Answers whether that makes it too much. */
  add(bytes: number): boolean {
    this.#messages += 1;
    this.#bytes += bytes;
    const wasFull = this.#isFull;
    this.#isFull ||= this.#messages >= MOST_MESSAGES || this.#bytes >= MOST_BYTES;
    return this.#isFull !== wasFull;
  }

  /** Answers whether it is too much no more. */
  remove(bytes: number): boolean {
    this.#messages -= 1;
    this.#bytes -= bytes;
    const wasFull = this.#isFull;
    this.#isFull &&= this.#messages > MOST_MESSAGES / 2 || this.#bytes > MOST_BYTES / 2;
    return this.#isFull !== wasFull;
  }

  /** Until half of it has gone. */
  get isFull(): boolean {
    return this.#isFull;
  }
}

const MOST_MESSAGES = 256;
const MOST_BYTES = 4 * 1024 * 1024;
