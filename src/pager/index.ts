export {
  definePager,
  isPager,
  type PagerDefinition,
  type PagerDriver,
  type PagerEnv,
  type PagerFactory,
} from './define-pager.ts';
export type { FutexCondition } from './futex-control.ts';
export type { FutexManager } from './futex-manager.ts';
export type { CopyStrategy, MemoryControl, Supplied } from './memory-control.ts';
export { type Access, type MemoryManager, serveObject } from './memory-manager.ts';
export type { Attachment, ServedObject } from './objects.ts';
export { Pager } from './pager-subsystem.ts';
export { type ServedPager, servePager } from './serve-pager.ts';
export type { SleepManager } from './sleep-manager.ts';
export type { FutexPolicy, Store } from './store-api.ts';
