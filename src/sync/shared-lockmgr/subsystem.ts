import { defineSubsystem, routine } from '../../driver/index.ts';
import type { SendRight } from '../../task/index.ts';

/** What a lock's port answers: everybody who uses the lock has a port of his own, by whose end the server knows that he has gone. */
export const LockServer = defineSubsystem('lockmgr', {
  open: routine<void, { session: SendRight; name: string }>(),
});

/** What one client asks of the lock. Owners are numbers that the client chooses; no other client has the same ones. */
export const LockSession = defineSubsystem('lockmgr.session', {
  request: routine<LockRequest, LockGrant>(),
  /** `isHold`: of something that may have been lost since; then there is nothing to release. */
  release: routine<ByOwner & { isHold?: boolean }>(),
  downgrade: routine<ByOwner>(),
  cancelBegin: routine<ByOwner>(),
  cancelEnd: routine<ByOwner>(),
  disown: routine<ByOwner>(),
  status: routine<{ owner: number | null }, LockStatus>(),
  isOwned: routine<ByOwner, boolean>(),
  isInUse: routine<void, boolean>(),
});

export type ByOwner = { owner: number };

export type LockRequest = ByOwner & { how: How } & LockFlags;

/** `reacquire`: exclusive again after a sleep, whatever the lock's options say (lwkt.md §2.5). */
export const HOW = ['shared', 'exclusive', 'upgrade', 'exclusiveUpgrade', 'reacquire'] as const;
export type How = (typeof HOW)[number];

/** The modifiers of one request (lwkt.md §3.1). PCATCH is the call's own abort. */
export type LockFlags = { [Flag in (typeof FLAGS)[number]]?: boolean } & { timeLimitMs?: number };
export const FLAGS = ['noWait', 'sleepFail', 'canRecurse', 'cancelable', 'deadlockTreat'] as const;

/** `ownerDied`: who had it exclusively went away with it, and nobody who had it exclusively since has let go of it. */
export type LockGrant = { ownerDied: boolean };

export type LockStatus = 'exclusive' | 'exclusive-other' | 'shared' | 0;
