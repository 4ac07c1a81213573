/** What has found no room in an object's port yet, or is on its way there. */
export class Unsent {
  #messages = 0;
  #bytes = 0;
  #isFull = false;

  add(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
    this.#isFull ||= this.#messages >= MOST_MESSAGES || this.#bytes >= MOST_BYTES;
  }

  remove(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
    this.#isFull &&= this.#messages > MOST_MESSAGES / 2 || this.#bytes > MOST_BYTES / 2;
  }

  /** Until half of it has gone. */
  get isFull(): boolean {
    return this.#isFull;
  }
}

const MOST_MESSAGES = 256;
const MOST_BYTES = 4 * 1024 * 1024;
