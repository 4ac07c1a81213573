export { type DelayedWakeups, delayWakeups } from './delayed.ts';
export { type HeldFutex, heldFutex } from './held-futex.ts';
export type { HeldLock } from './held-lock.ts';
export type { Answer, Ident, LocalIdent, SharedLike } from './ident.ts';
export type { Hold } from './hold.ts';
export type { RequestKind as LockRequestKind, Status as LockStatus } from '../lockmgr/index.ts';
export { Lockmgr } from './lockmgr.ts';
export type { LockmgrOptions, LockOptions, LockRequestOptions } from './lockmgr-options.ts';
export type { LockmgrView } from './lockmgr-view.ts';
export { Owner } from './owner.ts';
export { prepare } from './prepare.ts';
export { sleep, type SleepOnOptions } from './sleep.ts';
export type { DomainOptions, SleepOptions, SleepResult } from './sleep-options.ts';
export { Waiter } from './waiter.ts';
export { wakeup, wakeupDomain, wakeupOne } from './wakeup.ts';
export { critical } from '../task/index.ts';
export {
  ServedLockmgr,
  serveLockmgr,
  type SharedHold,
  SharedLockmgr,
  type SharedLockOptions,
} from './shared-lockmgr/index.ts';
