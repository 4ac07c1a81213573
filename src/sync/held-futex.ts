import type { Futex, FutexGuard } from '../task/index.ts';
import { checkFutex } from './arguments.ts';
import type { HeldLock } from './held-lock.ts';

/**
 * `guard` is of the futex, and held.
 *
 * @throws IpcError EINVAL: not a futex and a guard of it
 */
export function heldFutex(futex: Futex, guard: FutexGuard): HeldFutex {
  checkFutex(futex, guard);
  return new HeldFutex(futex, guard);
}

/** A futex that a sleep lets go of (mtxsleep, lwkt.md §2.5). Each time it is taken again it has another guard, with a fence of its own. */
export class HeldFutex implements HeldLock {
  readonly #futex: Futex;
  #guard: FutexGuard;

  /** @internal */
  constructor(futex: Futex, guard: FutexGuard) {
    this.#futex = futex;
    this.#guard = guard;
  }

  /** The one that is held now, or was last. After a sleep look whether its `ownerDied`. */
  get guard(): FutexGuard {
    return this.#guard;
  }

  release(): void | Promise<void> {
    return this.#guard.unlock();
  }

  reacquire(): void | Promise<void> {
    const locking = this.#futex.lock();
    if (!(locking instanceof Promise)) return this.#take(locking);
    return locking.then((guard) => this.#take(guard));
  }

  #take(guard: FutexGuard): void {
    this.#guard = guard;
  }
}
