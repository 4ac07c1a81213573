import { NONE, type Right } from './link.ts';
import type { Task } from './task.ts';

/** The messages between kernels and pagers, by number. */
export const XP = {
  ...{ init: 2200, terminate: 2201, data_request: 2203, data_unlock: 2204, lock_completed: 2206 },
  ...{ supply_completed: 2207, data_return: 2208, change_completed: 2209 },
  ...{ ready: 2220, change_attributes: 2221, data_supply: 2222, data_unavailable: 2223, data_error: 2224 },
  ...{ lock_request: 2225, destroy: 2226, get_attributes: 2227 },
  ...{ lock_futex: 2210, cancel_futex: 2211, futex_released: 2212 },
  ...{ futex_wait: 2213, futex_wake: 2214, futex_wake_completed: 2215 },
  ...{ futex_granted: 2230, futex_failed: 2231, relinquish_futex: 2232, futex_fenced: 2233 },
  ...{ futex_waiting: 2234, futex_woken: 2235 },
  ...{ interest: 2216, interest_noted: 2217, wakeup: 2218, woken_completed: 2219 },
  ...{ interest_completed: 2236, interest_elsewhere: 2237, woken: 2238 },
};
/** What this pager and this kernel take for a page. */
export const PAGE = 4096;
export const READ = 1;
export const WRITE = 2;
export const NO_CHANGE = 8;
export const RETURN_NONE = 0;
export const RETURN_DIRTY = 1;

/** Of `lock_futex`: fail if somebody has it. */
export const NOQUEUE = 1;
/** What the last owner of a futex left. */
export const CLEAN = 0;
export const OWNER_DIED = 1;
export const NOT_RECOVERABLE = 2;

export const MOVE_RECEIVE = 16;
export const COPY_SEND = 19;
export const MAKE_SEND = 20;
export const RAW = 0x100;

/** An XP message is one way: what it has to say comes back as another. */
export function sendXp(task: Task, to: Right, routine: number, body: Buffer, rights: Right[] = []): void {
  task.send(to, { routine, flags: RAW, reply: NONE, rights, body });
}
