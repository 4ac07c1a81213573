import * as SQLite from 'wa-sqlite';
// oxlint-disable-next-line no-restricted-imports -- the other package's, which has no shorter name for it
import { Base } from 'wa-sqlite/src/VFS.js';

/** Stops SQLite while a device answers later, and does not where it answers at once. */
export class SuspendingVfs extends Base {
  /** Why the last call failed that did: SQLite itself keeps a number. */
  lastError;
  #isResuming = false;

  constructor(name) {
    super();
    this.name = name;
  }

  /** Runs `work` and answers its code, 0 for none; if it fails, `failure`, or that the disk is full. */
  answer(failure, work) {
    // To go on, SQLite's stack is built anew: the same call comes once more, after what it started has changed the state.
    if (this.#isResuming) {
      this.#isResuming = false;
      return this.handleAsync(async () => SQLite.SQLITE_OK);
    }
    const code = work();
    if (!(code instanceof Promise)) return code ?? SQLite.SQLITE_OK;
    this.#isResuming = true;
    return this.handleAsync(() =>
      code.then(
        (late) => late ?? SQLite.SQLITE_OK,
        (error) => {
          this.lastError = error;
          return error.code === 'ENOSPC' ? SQLite.SQLITE_FULL : failure;
        },
      ),
    );
  }
}
