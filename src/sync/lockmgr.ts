import { isOwned, type LockState, type RequestKind, type Status, statusOf } from '../lockmgr/index.ts';
import { checkOptions, checkOwner } from './arguments.ts';
import { Hold } from './hold.ts';
import type { HeldLock } from './held-lock.ts';
import { type LockmgrView, viewOf } from './lockmgr-view.ts';
import { type LockmgrOptions, type LockRequestOptions, type Terms, termsOf } from './lockmgr-options.ts';
import { LockRequests } from './lockmgr-requests.ts';
import type { Owner } from './owner.ts';

/**
 * The lock manager (lockmgr, lwkt.md §3): a lock that many share or one has exclusively, with upgrades from the one to the other. Readers and
 * writers take turns, and the lock is handed on: nobody who comes between a release and the next holder can take it.
 *
 * What can complete does so in place. What has to wait answers a promise; it rejects with EBUSY (noWait), ENOLCK (sleepFail, cancelled),
 * EWOULDBLOCK (timeLimitMs), EINTR or ERESTART (signal), and then its owner has nothing of that request; an upgrade that failed has
 * lost its share as well.
 */
export class Lockmgr {
  readonly name: string;
  readonly #fixed: LockmgrOptions;
  readonly #terms: Terms;
  readonly #trying: Terms;
  readonly #requests: LockRequests;
  readonly #lock: LockState;

  /** @throws IpcError EINVAL */
  constructor(options: LockmgrOptions = {}) {
    this.#terms = termsOf(options, {});
    this.#fixed = options;
    this.name = options.name ?? 'lock';
    this.#trying = termsOf(options, { noWait: true });
    this.#requests = new LockRequests(this.name, options.host);
    this.#lock = this.#requests.lock;
  }

  /**
   * To read: together with others that share it. With `canRecurse` the exclusive holder gets it once more, exclusively.
   *
   * @throws InvariantError: the owner has it exclusively
   */
  shared(owner: Owner, options?: LockRequestOptions): Hold | Promise<Hold> {
    return this.#held(owner, this.#requests.ask('shared', owner, this.#termsOf(options)));
  }

  /**
   * To write: alone. An owner that shares it waits for itself here: it wants `upgrade`.
   *
   * @throws InvariantError: the owner has it exclusively
   */
  exclusive(owner: Owner, options?: LockRequestOptions): Hold | Promise<Hold> {
    return this.#held(owner, this.#requests.ask('exclusive', owner, this.#termsOf(options)));
  }

  /**
   * From shared to exclusive. The share is given up while it waits, and for good if that fails. If somebody else upgrades, it waits as
   * any writer does: others may have written in between, so look again at what you have read.
   *
   * @throws InvariantError: nobody shares it, and the owner does not have it exclusively. Whose a share is nobody looks at (§3.2)
   */
  upgrade(owner: Owner, options?: LockRequestOptions): void | Promise<void> {
    return this.#requests.ask('upgrade', owner, this.#termsOf(options));
  }

  /** As `upgrade`, but EBUSY if somebody else upgrades: if it succeeds, nobody has written in between. */
  exclusiveUpgrade(owner: Owner, options?: LockRequestOptions): void | Promise<void> {
    return this.#requests.ask('exclusiveUpgrade', owner, this.#termsOf(options));
  }

  /** Without waiting, and without a point where others could run. False: it would have to wait. @throws IpcError ENOLCK: the holder cancels */
  tryShared(owner: Owner, options?: LockRequestOptions): boolean {
    return this.#try('shared', owner, options);
  }

  tryExclusive(owner: Owner, options?: LockRequestOptions): boolean {
    return this.#try('exclusive', owner, options);
  }

  /** False: the share is lost (§3.2). */
  tryUpgrade(owner: Owner, options?: LockRequestOptions): boolean {
    return this.#try('upgrade', owner, options);
  }

  /** False: the share is lost (§3.2). */
  tryExclusiveUpgrade(owner: Owner, options?: LockRequestOptions): boolean {
    return this.#try('exclusiveUpgrade', owner, options);
  }

  /**
   * From exclusive to shared, together with all who wait to share it.
   *
   * @throws InvariantError: the owner does not have it exclusively, or more than once
   */
  downgrade(owner: Owner): void {
    this.#requests.act('downgrade', owner);
  }

  /**
   * Once for each time it was had. The last release hands the lock on to who is next, and ends `cancelBegin`. Anybody may release a
   * share (§3.2).
   *
   * @throws InvariantError: nobody has it, or somebody else exclusively
   */
  release(owner: Owner): void {
    this.#requests.act('release', owner);
  }

  /**
   * From now on all requests that are `cancelable` fail with ENOLCK instead of waiting; those that wait fail at once.
   *
   * @throws InvariantError: the owner does not have it exclusively, or has said so before
   */
  cancelBegin(owner: Owner): void {
    this.#requests.act('cancelBegin', owner);
  }

  /** @throws InvariantError: the owner does not have it */
  cancelEnd(owner: Owner): void {
    this.#requests.act('cancelEnd', owner);
  }

  /**
   * From now on it is nobody's in particular, and anybody may release it (lockmgr_kernproc): for work that somebody else ends.
   *
   * @throws InvariantError: the owner does not have it exclusively
   */
  disown(owner: Owner): void {
    this.#requests.act('disown', owner);
  }

  /** lockstatus (§3.6). Null: whoever has it exclusively. */
  status(owner: Owner | null): Status {
    if (owner !== null) checkOwner('status', owner, this.name);
    return statusOf(this.#lock, owner);
  }

  /** lockowned (§3.6): exact for an exclusive hold; of a shared lock it says only that somebody shares it. */
  isOwned(owner: Owner): boolean {
    checkOwner('isOwned', owner, this.name);
    return isOwned(this.#lock, owner);
  }

  /** Whether anybody has it (lockinuse). */
  get isInUse(): boolean {
    return this.status(null) !== 0;
  }

  /**
   * Whether an exclusive holder has died (`leave`): what the lock protects may be half done. True for everybody until one that came
   * later has had the lock exclusively, and let go of it.
   */
  get ownerDied(): boolean {
    return this.#lock.ownerDied;
  }

  /**
   * The owner's exclusive hold, for `sleep(ident, { lock })` (§2.5), which lets go of one level of it. `signal`: the end of the owner; nothing
   * else keeps it from being taken again.
   */
  heldBy(owner: Owner, signal?: AbortSignal): HeldLock {
    checkOwner('heldBy', owner, this.name);
    // Whatever is fixed with the lock: it must not fail.
    const terms = signal === undefined ? REACQUIRE : termsOf({}, { canRecurse: true, signal });
    return {
      release: () => this.release(owner),
      reacquire: () => this.#requests.ask('exclusive', owner, terms),
    };
  }

  /** The owner is no more: what it waits for fails with EINTR, and what it has is released, however often it has it. */
  leave(owner: Owner): void {
    checkOwner('leave', owner, this.name);
    this.#requests.leave(owner);
  }

  /** @internal How many shares are the owner's, as far as that can be said: who releases one of nobody's takes the oldest. */
  sharesOf(owner: Owner): number {
    return this.#requests.sharesOf(owner);
  }

  /** For people: who has it, and who waits for it. */
  inspect(): LockmgrView {
    return viewOf(this.#lock);
  }

  #held(owner: Owner, request: void | Promise<void>): Hold | Promise<Hold> {
    const hold = new Hold(() => this.#requests.letGo(owner));
    return request === undefined ? hold : request.then(() => hold);
  }

  #try(op: RequestKind, owner: Owner, options: LockRequestOptions | undefined): boolean {
    if (options !== undefined) checkOptions(op, options);
    const { modifiers } = options === undefined ? this.#trying : this.#termsOf({ ...options, noWait: true });
    return this.#requests.try(op, owner, modifiers);
  }

  #termsOf(options: LockRequestOptions | undefined): Terms {
    return options === undefined ? this.#terms : termsOf(this.#fixed, options);
  }
}

/** What a lock is taken again by after a sleep: nothing bounds it, and what was had more than once still is had. */
const REACQUIRE = termsOf({}, { canRecurse: true });
