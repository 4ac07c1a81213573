import type { Handlers } from '../../driver/index.ts';
import { InvariantError, IpcError } from '../../errors.ts';
import type { CallContext } from '../../task/index.ts';
import type { Lockmgr } from '../lockmgr.ts';
import type { Owner } from '../owner.ts';
import { givenOwner, givenRequest, isNobody } from './given.ts';
import { Parties, type Party } from './parties.ts';
import { type LockGrant, type LockRequest, LockSession } from './subsystem.ts';

type Options = { lock: Lockmgr; label: string; mayWait: number };

/**
 * What one client does with the lock: it lets go of what it holds, and of nothing else. Whose a share is makes no difference to the
 * machine (lwkt.md §3.2), so they are counted here: a client may release any share of its own, by whichever owner.
 */
export class Session {
  readonly #lock: Lockmgr;
  readonly #label: string;
  readonly #mayWait: number;
  readonly #parties: Parties;
  readonly #waiting = new Set<AbortController>();
  #over: IpcError | null = null;

  constructor({ lock, label, mayWait }: Options) {
    this.#lock = lock;
    this.#label = label;
    this.#mayWait = mayWait;
    this.#parties = new Parties(lock, label);
  }

  handlers(): Handlers<(typeof LockSession)['routines']> {
    const lock = this.#lock;
    return {
      request: (args, ctx) => this.#request(givenRequest(args), ctx),
      release: (args) => this.#as(args, (party) => this.#release(party, args.isHold === true)),
      downgrade: (args) => this.#as(args, (party) => this.#downgrade(party)),
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
    for (const party of this.#parties.all()) {
      for (; party.shares > 0; party.shares -= 1) this.#lock.release(party.owner);
      this.#leave(party);
    }
  }

  #request(request: LockRequest, ctx: CallContext): LockGrant | Promise<LockGrant> {
    if (request.noWait !== true && this.#waiting.size >= this.#mayWait) throw this.#tooMany();
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
      if (waits instanceof Promise) return this.#whenGranted(request, party, waits).finally(settled);
    } catch (error) {
      settled();
      throw error;
    }
    const grant = this.#granted(request, party);
    settled();
    return grant;
  }

  #begin(request: LockRequest, party: Party, signal: AbortSignal): unknown {
    const { how, owner: _id, ...flags } = request;
    const lock = this.#lock;
    const { owner } = party;
    if (how === 'reacquire') return lock.heldBy(owner, signal).reacquire();
    // The share is lost whatever comes of it (§3.3). An exclusive holder has nothing to lose.
    if ((how === 'upgrade' || how === 'exclusiveUpgrade') && lock.status(owner) !== 'exclusive') {
      if (party.shares === 0) throw this.#hasNone(how);
      party.shares -= 1;
    }
    return lock[how](owner, { ...flags, signal });
  }

  async #whenGranted(request: LockRequest, party: Party, waits: Promise<unknown>): Promise<LockGrant> {
    try {
      await waits;
    } catch (error) {
      throw this.#over ?? error;
    }
    if (this.#over === null) return this.#granted(request, party);
    // It was granted, and too late to be withdrawn, but before this could go on. A share was not yet counted; what is exclusive has left.
    if (request.how === 'shared') this.#lock.release(party.owner);
    throw this.#over;
  }

  /** Who has the lock next is told. */
  #leave({ owner }: Party): void {
    if (this.#lock.status(owner) === 'exclusive') this.#lock.leave(owner);
  }

  #granted({ how }: LockRequest, party: Party): LockGrant {
    // An exclusive holder's shared request makes one exclusive level more (§3.5 f).
    if (how === 'shared' && this.#lock.status(party.owner) !== 'exclusive') party.shares += 1;
    return { ownerDied: this.#lock.ownerDied };
  }

  #release(party: Party, isHold: boolean): void {
    if (isHold && !this.#parties.holds(party)) return;
    if (this.#lock.status(party.owner) !== 'shared') return this.#lock.release(party.owner);
    const sharer = party.shares > 0 ? party : this.#parties.sharer();
    if (sharer === undefined) throw this.#hasNone('release');
    this.#lock.release(sharer.owner);
    sharer.shares -= 1;
    return this.#parties.forgetIdle(sharer);
  }

  #downgrade(party: Party): void {
    this.#lock.downgrade(party.owner);
    party.shares += 1;
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

  #tooMany(): IpcError {
    const text = `${this.#label}: ${this.#mayWait} requests of this client wait (lockWaiters); wait for some, or abort them`;
    return new IpcError('ELIMIT', text, { object: this.#label, handled: 'no' });
  }
}
