import { defineSubsystem, routine, type SendRight } from 'easync';
import type { LockmgrOptions, SharedLockOptions } from 'easync/sync';

export type LockOp =
  | 'shared'
  | 'exclusive'
  | 'upgrade'
  | 'exclusiveUpgrade'
  | 'downgrade'
  | 'release'
  | 'cancelBegin'
  | 'status';

/** The subsystem of fixtures/lock-task.js: a task that serves locks, and uses those of others. Owners go by names of the task's own. */
export const LockTask = defineSubsystem('locktask', {
  serve: routine<LockmgrOptions | void, { at: number; lock: SendRight }>(),
  direct: routine<{ at: number; op: LockOp; owner: string }, unknown>(),
  open: routine<{ lock: SendRight }, number>(),
  call: routine<{ client: number; op: LockOp; owner: string; options?: SharedLockOptions }, unknown>(),
  pid: routine<void, number>(),
});

export const LOCK_TASK = new URL('./fixtures/lock-task.js', import.meta.url);
