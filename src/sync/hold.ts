/**
 * A lock that is held, for `using`. Disposing it releases the lock once; if its owner has nothing any more (after a failed upgrade), not
 * at all. If an owner has the lock more than once, each hold lets go of one level.
 */
export class Hold implements Disposable {
  #release: (() => void) | null;

  /** @internal */
  constructor(release: () => void) {
    this.#release = release;
  }

  release(): void {
    const release = this.#release;
    this.#release = null;
    release?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
