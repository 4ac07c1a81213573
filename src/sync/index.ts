export type { Hold } from './hold.ts';
export { Lockmgr } from './lockmgr.ts';
export type { LockmgrOptions, LockOptions, LockRequestOptions } from './lockmgr-options.ts';
export type { LockmgrView } from './lockmgr-view.ts';
export { Owner } from './owner.ts';
export {
  ServedLockmgr,
  serveLockmgr,
  type SharedHold,
  SharedLockmgr,
  type SharedLockOptions,
} from './shared-lockmgr/index.ts';
