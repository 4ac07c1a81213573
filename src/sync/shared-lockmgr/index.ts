export { SharedLockmgr, type SharedLockOptions } from './client.ts';
export { ServedLockmgr, serveLockmgr } from './serve.ts';
export type { SharedHold } from './shared-hold.ts';
