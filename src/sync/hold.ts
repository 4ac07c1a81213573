/** A lock that is had, for `using`. It is released once; if it was lost meanwhile (a failed upgrade), not at all. */
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
