import { type CallOptions, makeStub, type Stub } from '../../driver/index.ts';
import { IpcError } from '../../errors.ts';
import { SendRight, whileAsleep } from '../../task/index.ts';
import { checkInterrupts, checkOptions, checkOwner } from '../arguments.ts';
import type { HeldLock } from '../held-lock.ts';
import { checkLimit } from '../lockmgr-options.ts';
import type { Owner } from '../owner.ts';
import { answer, interrupted } from './answers.ts';
import { SharedHold } from './shared-hold.ts';
import { type How, type LockFlags, LockServer, LockSession, type LockStatus } from './subsystem.ts';

export type SharedLockOptions = LockFlags & {
  /** Aborting it ends the wait: EINTR, with the reason as `cause` (PCATCH, lwkt.md §3.3). A grant that came first stands, and the request succeeds. */
  signal?: AbortSignal;
  /** Whether what was interrupted by this reason of the signal should be begun again: ERESTART, and not EINTR. */
  restarts?: (reason: unknown) => boolean;
};

/**
 * A lock of another task, or of this one, by its port: what `Lockmgr` does, with the same results, only that each answer is a promise.
 * Owners are those of this client: opened twice it is two clients to the lock, and what the one holds the other cannot release.
 *
 * What it holds when it is disposed, or its task dies, is released, and who has the lock next learns of an exclusive hold by
 * `ownerDied`. When the lock's own task dies every request that waits rejects with ESERVERDIED, and every later one: nobody
 * excludes anybody any more.
 */
export class SharedLockmgr implements Disposable {
  /** As its server calls it. */
  readonly name: string;
  readonly #session: Stub<typeof LockSession>;
  readonly #owners = new WeakMap<Owner, Party>();
  #lastOwner = 0;
  #isDisposed = false;

  private constructor(session: Stub<typeof LockSession>, name: string) {
    this.#session = session;
    this.name = name;
  }

  /**
   * Opens the lock behind a right that `ServedLockmgr.right` has made. The right is used up.
   *
   * Rejects with IpcError ESERVERDIED: the lock's server is gone.
   */
  static async open(right: SendRight): Promise<SharedLockmgr> {
    if (!(right instanceof SendRight))
      throw new IpcError('EINVAL', 'SharedLockmgr.open: it takes a send right, as right() of the served lock answers', {
        op: 'open',
      });
    using server = makeStub(LockServer, right);
    const { session, name } = await answer('the lock', () => server.open());
    return new SharedLockmgr(makeStub(LockSession, session), name);
  }

  /** Rejects as `Lockmgr.shared` does; IpcError ELIMIT: too many requests of this client wait. ESERVERDIED, EBROKERDIED, ERELEASED */
  shared(owner: Owner, options?: SharedLockOptions): Promise<SharedHold> {
    return this.#hold('shared', owner, options);
  }

  exclusive(owner: Owner, options?: SharedLockOptions): Promise<SharedHold> {
    return this.#hold('exclusive', owner, options);
  }

  /**
   * The share is lost whatever comes of it, unless `handled` of the error is 'no': then the lock has never heard of it. Rejects with
   * InvariantError: this owner has none.
   */
  upgrade(owner: Owner, options?: SharedLockOptions): Promise<void> {
    return this.#request('upgrade', owner, options);
  }

  exclusiveUpgrade(owner: Owner, options?: SharedLockOptions): Promise<void> {
    return this.#request('exclusiveUpgrade', owner, options);
  }

  /** False: the lock is busy. It has waited for nothing but the answer. */
  tryShared(owner: Owner, options?: SharedLockOptions): Promise<boolean> {
    return this.#try('shared', owner, options);
  }

  tryExclusive(owner: Owner, options?: SharedLockOptions): Promise<boolean> {
    return this.#try('exclusive', owner, options);
  }

  /** False: it is busy, and the share is lost. */
  tryUpgrade(owner: Owner, options?: SharedLockOptions): Promise<boolean> {
    return this.#try('upgrade', owner, options);
  }

  tryExclusiveUpgrade(owner: Owner, options?: SharedLockOptions): Promise<boolean> {
    return this.#try('exclusiveUpgrade', owner, options);
  }

  async downgrade(owner: Owner): Promise<void> {
    await this.#ask((session) => session.downgrade(this.#byOwner(owner)));
  }

  async release(owner: Owner): Promise<void> {
    await this.#ask((session) => session.release(this.#byOwner(owner)));
  }

  async cancelBegin(owner: Owner): Promise<void> {
    await this.#ask((session) => session.cancelBegin(this.#byOwner(owner)));
  }

  async cancelEnd(owner: Owner): Promise<void> {
    await this.#ask((session) => session.cancelEnd(this.#byOwner(owner)));
  }

  /** It is held for nobody in particular from now on, in no client's name: whoever comes may release it, and no death does. */
  async disown(owner: Owner): Promise<void> {
    await this.#ask((session) => session.disown(this.#byOwner(owner)));
  }

  status(owner: Owner | null): Promise<LockStatus> {
    return this.#ask((session) => session.status({ owner: owner === null ? null : this.#party(owner).id }));
  }

  isOwned(owner: Owner): Promise<boolean> {
    return this.#ask((session) => session.isOwned(this.#byOwner(owner)));
  }

  isInUse(): Promise<boolean> {
    return this.#ask((session) => session.isInUse());
  }

  /**
   * Whether, when this owner got the lock last, somebody had gone away with it who had it exclusively: what it protects may be half
   * changed. Every grant says so until one who has the lock exclusively lets go of it, and has had the time to put that right.
   */
  ownerDied(owner: Owner): boolean {
    return this.#party(owner).ownerDied;
  }

  /** For a sleep that lets go of the lock meanwhile (lwkt.md §2.5): of one level of an exclusive hold. */
  heldBy(owner: Owner): HeldLock {
    checkOwner('heldBy', owner, this.name);
    return {
      release: () => this.release(owner),
      reacquire: () => this.#request('reacquire', owner),
    };
  }

  /** Lets go of all that it holds here; what waits rejects with ERELEASED. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#session[Symbol.dispose]();
  }

  async #hold(how: 'shared' | 'exclusive', owner: Owner, options?: SharedLockOptions): Promise<SharedHold> {
    await this.#request(how, owner, options);
    return new SharedHold(this.ownerDied(owner), async () => {
      // Else it was let go of with all that is held here.
      if (!this.#isDisposed) await this.#ask((session) => session.release({ ...this.#byOwner(owner), isHold: true }));
    });
  }

  async #try(how: How, owner: Owner, options: SharedLockOptions = {}): Promise<boolean> {
    checkOptions(how, options);
    try {
      await this.#request(how, owner, { ...options, noWait: true });
      return true;
    } catch (error) {
      if (IpcError.is(error) && error.code === 'EBUSY') return false;
      throw error;
    }
  }

  async #request(how: How, owner: Owner, options: SharedLockOptions = {}): Promise<void> {
    checkOptions(how, options);
    checkInterrupts(how, options);
    checkLimit(options);
    const { signal, restarts, ...flags } = options;
    const party = this.#party(owner);
    const callOptions: CallOptions = signal === undefined ? {} : { signal };
    try {
      const asking = this.#ask((session) => session.request({ how, owner: party.id, ...flags }, callOptions));
      // Whether it sleeps only the server knows; but who does not wait does not sleep.
      const { ownerDied } = await (flags.noWait === true ? asking : whileAsleep(asking));
      party.ownerDied = ownerDied;
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      throw interrupted(error, this.name, signal.reason, restarts?.(signal.reason));
    }
  }

  async #ask<T>(call: (session: Stub<typeof LockSession>) => T | Promise<T>): Promise<T> {
    if (this.#isDisposed) throw this.#disposed();
    const result = await answer(this.name, () => call(this.#session));
    // A grant that was under way has been taken back.
    if (this.#isDisposed) throw this.#disposed();
    return result;
  }

  #byOwner(owner: Owner): { owner: number } {
    return { owner: this.#party(owner).id };
  }

  #party(owner: Owner): Party {
    checkOwner('lock', owner, this.name);
    const party = this.#owners.get(owner) ?? { id: (this.#lastOwner += 1), ownerDied: false };
    this.#owners.set(owner, party);
    return party;
  }

  #disposed(): IpcError {
    return new IpcError('ERELEASED', `${this.name}: it was disposed, and holds nothing; open it again`, {
      object: this.name,
    });
  }
}

/** What the server knows an owner by, and how the lock was when this one got it last. */
type Party = { readonly id: number; ownerDied: boolean };
