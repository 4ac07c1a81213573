import type { Handlers } from '../../driver/index.ts';
import { InvariantError, IpcError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { CallContext } from '../../task/index.ts';
import type { Lockmgr } from '../lockmgr.ts';
import type { Owner } from '../owner.ts';
import { givenOwner, givenRequest, isNobody } from './given.ts';
import { Parties, type Party } from './parties.ts';
import { type LockGrant, type LockRequest, LockSession } from './subsystem.ts';

type Options = { lock: Lockmgr; label: string; limits: Pick<Limits, 'lockWaiters' | 'lockOwners'> };

/**
 * What one client does with the lock: it lets go of what it holds, and of nothing else. Whose a share is makes no difference to the
 * table (lwkt.md §3.2), so it is looked at here: a client may release any share of its own, by whichever owner.
 */
export class Session {
  readonly #lock: Lockmgr;
  readonly #label: string;
  readonly #limits: Options['limits'];
  readonly #parties: Parties;
  readonly #waiting = new Set<AbortController>();
  #over: IpcError | null = null;

  constructor({ lock, label, limits }: Options) {
    this.#lock = lock;
    this.#label = label;
    this.#limits = limits;
    this.#parties = new Parties(lock);
  }

  handlers(): Handlers<(typeof LockSession)['routines']> {
    const lock = this.#lock;
    return {
      request: (args, ctx) => this.#request(givenRequest(args), ctx),
      release: (args) => this.#as(args, (party) => this.#release(party, args.isHold === true)),
      downgrade: (args) => this.#as(args, ({ owner }) => lock.downgrade(owner)),
      cancelBegin: (args) => this.#as(args, ({ owner }) => lock.cancelBegin(owner)),
      cancelEnd: (args) => this.#as(args, ({ owner }) => this.#cancelEnd(owner)),
      disown: (args) => this.#as(args, ({ owner }) => lock.disown(owner)),
      status: (args) => (isNobody(args) ? lock.status(null) : this.#as(args, ({ owner }) => lock.status(owner))),
      isOwned: (args) => this.#as(args, ({ owner }) => lock.isOwned(owner)),
      isInUse: () => lock.isInUse,
    };
  }

  /** The client has gone, or the server goes: `why` is what becomes of requests that wait. */
  end(why: IpcError): void {
    if (this.#over !== null) return;
    this.#over = why;
    // First, lest they be granted what is let go of here.
    for (const withdrawal of this.#waiting) withdrawal.abort(why);
    for (const { owner } of this.#parties.all()) this.#lock.leave(owner);
  }

  #request(request: LockRequest, ctx: CallContext): LockGrant | Promise<LockGrant> {
    this.#checkLimits(request);
    const party = this.#party(request.owner);
    const withdrawal = new AbortController();
    const { signal } = ctx;
    const withdraw = (): void => withdrawal.abort(signal.reason);
    if (signal.aborted) withdraw();
    else signal.addEventListener('abort', withdraw, { once: true });
    this.#waiting.add(withdrawal);
    party.requests += 1;
    const settled = (): void => {
      signal.removeEventListener('abort', withdraw);
      this.#waiting.delete(withdrawal);
      party.requests -= 1;
      this.#parties.forgetIdle(party);
    };
    try {
      const waits = this.#begin(request, party, withdrawal.signal);
      if (waits instanceof Promise) return this.#whenGranted(waits).finally(settled);
    } catch (error) {
      settled();
      throw error;
    }
    settled();
    return { ownerDied: this.#lock.ownerDied };
  }

  #begin(request: LockRequest, party: Party, signal: AbortSignal): unknown {
    const { how, owner: _id, ...flags } = request;
    const lock = this.#lock;
    const { owner } = party;
    if (how === 'reacquire') return lock.heldBy(owner, signal).reacquire();
    const isUpgrade = how === 'upgrade' || how === 'exclusiveUpgrade';
    if (isUpgrade && lock.status(owner) === 'shared' && lock.sharesOf(owner) === 0) throw this.#hasNone(how);
    return lock[how](owner, { ...flags, signal });
  }

  async #whenGranted(waits: Promise<unknown>): Promise<LockGrant> {
    try {
      await waits;
    } catch (error) {
      throw this.#over ?? error;
    }
    // It was granted, and has been taken back before this could go on.
    if (this.#over !== null) throw this.#over;
    return { ownerDied: this.#lock.ownerDied };
  }

  #release(party: Party, isHold: boolean): void {
    if (isHold && !this.#parties.holds(party)) return;
    if (this.#lock.status(party.owner) !== 'shared') return this.#lock.release(party.owner);
    const sharer = this.#lock.sharesOf(party.owner) > 0 ? party : this.#parties.sharer();
    if (sharer === undefined) throw this.#hasNone('release');
    this.#lock.release(sharer.owner);
    return this.#parties.forgetIdle(sharer);
  }

  /** By who has downgraded, too; but not by who has nothing of the lock. */
  #cancelEnd(owner: Owner): void {
    if (this.#lock.status(owner) === 'shared' && this.#parties.sharer() === undefined) throw this.#hasNone('cancelEnd');
    this.#lock.cancelEnd(owner);
  }

  #as<T>(args: { readonly owner: unknown }, act: (party: Party) => T): T {
    const party = this.#party(givenOwner(args));
    try {
      return act(party);
    } finally {
      this.#parties.forgetIdle(party);
    }
  }

  #party(id: number): Party {
    if (this.#over !== null) throw this.#over;
    return this.#parties.of(id);
  }

  /** Others' shares are not this client's to give up. */
  #hasNone(op: string): InvariantError {
    const text = `${op} of ${this.#label}: this client has no share of it; what others have is theirs to release`;
    return new InvariantError(text, { op, object: this.#label });
  }

  #checkLimits({ owner, noWait }: LockRequest): void {
    const { lockWaiters, lockOwners } = this.#limits;
    if (noWait !== true && this.#waiting.size >= lockWaiters) {
      throw this.#tooMany(`${lockWaiters} requests of this client wait (lockWaiters); wait for some, or abort them`);
    }
    if (this.#parties.isFullFor(owner, lockOwners)) {
      throw this.#tooMany(`${lockOwners} owners of this client have it or wait (lockOwners); release with some`);
    }
  }

  #tooMany(why: string): IpcError {
    return new IpcError('ELIMIT', `${this.#label}: ${why}`, { object: this.#label, handled: 'no' });
  }
}
