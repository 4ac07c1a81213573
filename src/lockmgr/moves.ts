import { InvariantError } from '../errors.ts';
import { dropShare, isFree, letGo, share, take } from './holds.ts';
import { admitParked, nameWriter, remove, waitingAt } from './waiting.ts';
import type { LockHost, LockState, Move, Request } from './types.ts';

export const joins: Move = (lock, { owner }) => {
  share(lock, owner);
  return 0;
};

export const takes: Move = (lock, { owner }) => {
  take(lock, owner);
  return 0;
};

/** Whoever has it exclusively gets it once more exclusively, also by a shared request (lwkt.md §3.5 f). */
export const recurses: Move = (lock, { owner, kind, modifiers }) => {
  if (modifiers.canRecurse) {
    lock.exclusive += 1;
    return 0;
  }
  if (modifiers.noWait) return 'EBUSY';
  throw panic(lock, kind, `${owner.label} has it already, and would wait for itself; pass canRecurse if that is meant`);
};

/** To share it, behind whoever has it or is about to. */
export const parks: Move = (lock, request) => {
  const refused = refusal(lock, request);
  if (refused !== 0) return refused;
  lock.parked.set(request.wish, request);
  return 'wait';
};

/** Behind a writer that waits: not for one that the waiting writer may be waiting for. */
export const parksUnlessTreated: Move = (lock, request, host) =>
  request.modifiers.deadlockTreat ? joins(lock, request, host) : parks(lock, request, host);

export const waits: Move = (lock, request) => {
  const refused = refusal(lock, request);
  if (refused !== 0) return refused;
  lock.writers.set(request.wish, request);
  nameWriter(lock);
  return 'wait';
};

/** The last share becomes exclusive at once, even ahead of an exclusive request; else it is *the* upgrade, without its share. */
export const upgrades: Move = (lock, request) => {
  if (lock.shares === 1) {
    dropShare(lock, request.owner);
    take(lock, request.owner);
    return 0;
  }
  const refused = refusal(lock, request);
  dropShare(lock, request.owner);
  if (refused !== 0) return refused;
  lock.upgrade = request;
  return 'wait';
};

/** Two that kept their share would wait for each other for ever: whoever comes second loses its (§3.4). */
export const losesShare: Move = (lock, request, host) => {
  const refused = refusal(lock, request);
  loseShare(lock, request, host);
  return refused === 0 ? 'EBUSY' : refused;
};

/** … and waits as any writer does, unless nobody is left who would have it. */
export const losesShareAndWaits: Move = (lock, request, host) => {
  const refused = refusal(lock, request);
  loseShare(lock, request, host);
  if (refused !== 0) return refused;
  return isFree(lock) ? takes(lock, request, host) : waits(lock, request, host);
};

export const nothing: Move = () => 0;

/** All who wait to share get it too; writers and upgrades go on waiting. */
export const downgrades: Move = (lock, { owner }, host) => {
  letGo(lock);
  share(lock, owner);
  admitParked(lock, host, Infinity);
  nameWriter(lock);
  return 0;
};

export const releases: Move = (lock, _request, host) => {
  letGo(lock);
  lock.isCancelling = false;
  host.rules.succeed(lock, host);
  return 0;
};

export const releasesOne: Move = (lock) => {
  lock.exclusive -= 1;
  return 0;
};

export const releasesShare: Move = (lock, request, host) => {
  loseShare(lock, request, host);
  return 0;
};

export const releasesDisowned: Move = (lock, request, host) =>
  lock.exclusive === 1 ? releases(lock, request, host) : releasesOne(lock, request, host);

/** Everybody who waits and may be cancelled, whatever it waits for (§3.5 a). */
export const cancels: Move = (lock, { kind }, host) => {
  if (lock.isCancelling) throw panic(lock, kind, 'its requests are being cancelled already; this does not nest');
  lock.isCancelling = true;
  for (const { wish, modifiers } of waitingAt(lock)) {
    if (!modifiers.cancelable) continue;
    remove(lock, wish);
    host.emit({ type: 'failed', wish, code: 'ENOLCK' });
  }
  return 0;
};

export const endsCancelling: Move = (lock) => {
  lock.isCancelling = false;
  return 0;
};

export const disowns: Move = (lock) => {
  lock.holder = null;
  return 0;
};

export const notHeld: Move = (lock, { kind, owner }) => {
  throw panic(lock, kind, `${owner.label} does not have it; ${whoHas(lock)}`);
};

export const notExclusive: Move = (lock, { kind, owner }) => {
  throw panic(lock, kind, `${owner.label} does not have it exclusively; ${whoHas(lock)}`);
};

export const isRecursed: Move = (lock, { kind, owner }) => {
  throw panic(lock, kind, `${owner.label} has it ${lock.exclusive} times; release the others first`);
};

/** What would wait is refused for one reason or the other; being cancelled comes first (§3.3). */
function refusal(lock: LockState, { modifiers }: Request): 0 | 'ENOLCK' | 'EBUSY' {
  if (modifiers.cancelable && lock.isCancelling) return 'ENOLCK';
  return modifiers.noWait ? 'EBUSY' : 0;
}

function loseShare(lock: LockState, { owner }: Request, host: LockHost): void {
  dropShare(lock, owner);
  if (lock.shares > 0) return;
  lock.isCancelling = false;
  host.rules.succeed(lock, host);
}

function whoHas(lock: LockState): string {
  if (isFree(lock)) return 'nobody has it';
  if (lock.exclusive === 0) return 'it is shared';
  return lock.holder === null ? 'it is disowned' : `${lock.holder.label} has it exclusively`;
}

function panic(lock: LockState, kind: string, why: string): InvariantError {
  return new InvariantError(`${kind} of ${lock.name}: ${why}`, { op: kind, object: lock.name });
}
