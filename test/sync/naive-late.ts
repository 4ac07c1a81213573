/**
 * What lwkt.md §2.6 says not to do, and what L03's acquire loop did: let go of the lock, and get into the queue then. A wakeup in the gap
 * finds nobody.
 */
export class NaiveLate {
  readonly #queue: (() => void)[] = [];

  /** `release` may take a while: then the gap is as long. */
  async sleep(release: () => void | Promise<void>): Promise<void> {
    await release();
    await new Promise<void>((resolve) => void this.#queue.push(resolve));
  }

  wakeup(): void {
    for (const resolve of this.#queue.splice(0)) resolve();
  }
}
