type Reply = { bytes: number; check: () => void };

/**
 * Test mode, for a test kit: what has to hold of calls for some time after their replies, the latest of them. What they hold is
 * kept as long, so there is an end to it.
 */
export class AfterReplies {
  readonly #latest: Reply[] = [];
  #bytes = 0;

  /** `check` throws if it does not hold; `bytes` is what it keeps in memory. */
  add(reply: Reply): void {
    this.#latest.push(reply);
    this.#bytes += reply.bytes;
    while (this.#latest.length > MOST_REPLIES || this.#bytes > MOST_BYTES) {
      this.#bytes -= this.#latest.shift()?.bytes ?? 0;
    }
  }

  /** What does not hold, and was not told before. */
  faults(): unknown[] {
    this.#bytes = 0;
    return this.#latest.splice(0).flatMap(({ check }) => {
      try {
        check();
        return [];
      } catch (error) {
        return [error];
      }
    });
  }
}

const MOST_REPLIES = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;
