import type { Holder, HolderState, LockState } from './types.ts';

export function newLock(name: string): LockState {
  return {
    name,
    shares: 0,
    sharers: new Map(),
    exclusive: 0,
    holder: null,
    upgrade: null,
    pending: null,
    parked: new Map(),
    writers: new Map(),
    isCancelling: false,
    ownerDied: false,
  };
}

export function holderState(lock: LockState, owner: Holder): HolderState {
  if (lock.exclusive > 0) {
    if (lock.holder === null) return 'disowned';
    if (lock.holder !== owner) return 'other';
    return lock.exclusive === 1 ? 'own' : 'recursed';
  }
  if (lock.shares === 0) return 'free';
  if (lock.upgrade !== null) return 'upgrading';
  return lock.pending === null ? 'shared' : 'wanted';
}

export type Status = 'exclusive' | 'exclusive-other' | 'shared' | 0;

/** lockstatus (lwkt.md §3.6): what waits does not count. Null: nobody in particular asks. */
export function statusOf(lock: LockState, owner: Holder | null): Status {
  if (lock.exclusive > 0) return owner === null || lock.holder === owner ? 'exclusive' : 'exclusive-other';
  return lock.shares > 0 ? 'shared' : 0;
}

/** lockowned (§3.6): of a shared lock it says only that somebody has it. */
export function isOwned(lock: LockState, owner: Holder): boolean {
  return lock.exclusive > 0 ? lock.holder === owner : lock.shares > 0;
}
