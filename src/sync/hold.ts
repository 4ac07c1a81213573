/**
 * A lock that is had, for `using`. It is released once; if its owner has nothing any more (a failed upgrade), not at all. Of what an owner
 * has more than once, each hold lets go of one.
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
