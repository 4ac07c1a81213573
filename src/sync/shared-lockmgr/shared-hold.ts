/** A lock of another task that is had, for `await using`. It is released once; if it was lost meanwhile (a failed upgrade), not at all. */
export class SharedHold implements AsyncDisposable {
  /** Who had the lock exclusively went away with it, and nobody has put right yet what it protects: see `SharedLockmgr.ownerDied`. */
  readonly ownerDied: boolean;
  #release: (() => Promise<void>) | null;

  /** @internal */
  constructor(ownerDied: boolean, release: () => Promise<void>) {
    this.ownerDied = ownerDied;
    this.#release = release;
  }

  async release(): Promise<void> {
    const release = this.#release;
    this.#release = null;
    await release?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
