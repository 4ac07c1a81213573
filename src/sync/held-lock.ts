/**
 * A lock that its holder lets go of while it sleeps (lwkt.md §2.5). It is the exclusive hold of this caller, and one level of it: what is
 * held more than once stays held.
 */
export interface HeldLock {
  /** What throws or rejects here leaves nothing to be taken again. */
  release(): void | Promise<void>;
  /** Exclusive, and without any bound on how long that may take. */
  reacquire(): void | Promise<void>;
}
