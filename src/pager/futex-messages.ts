import type { ErrorCode } from '../errors.ts';
import { FUTEX_STATE, LOCK_FUTEX } from '../wire/index.ts';
import { type FutexCore, hasRoom, send, tellMasterAt, tellWakesAt } from './futex-core.ts';
import type { FutexFromKernel } from './futex-state.ts';
import type { KernelId } from './state.ts';

/** One row per message of a kernel. What it answers is why nothing was done for the message, or null. */
export type FutexHandlers = {
  readonly [M in FutexFromKernel as M['kind']]: (core: FutexCore, keeper: KernelId, message: M) => string | null;
};

/** Wakeups of one word that have found nobody yet. Beyond them all sleepers are woken, each of whom looks for itself. */
const MOST_LOOKING = 1024;

export const FUTEX_HANDLERS: FutexHandlers = {
  memory_object_lock_futex: (core, keeper, { reqId, offset, flags }) => {
    const noQueue = (flags & LOCK_FUTEX.NOQUEUE) !== 0;
    if (!isFutex(offset)) return fail(core, keeper, { reqId, offset }, 'KERN_MEMORY_ERROR', NO_FUTEX);
    // It may have become smaller since the kernel had the page.
    if (offset >= core.state.size) return fail(core, keeper, { reqId, offset }, 'KERN_MEMORY_ERROR', null);
    if (!hasRoom(core, keeper, offset))
      return fail(core, keeper, { reqId, offset }, 'KERN_RESOURCE_SHORTAGE', TOO_MANY);
    const did = tellMasterAt(core, offset, 'lock', { keeper, reqId, noQueue });
    return did ? null : 'the kernel has the futex, or has asked for it already';
  },

  memory_object_cancel_futex: (core, keeper, { reqId, offset }) => {
    // What was granted or failed before has been answered: the two crossed.
    tellMasterAt(core, offset, 'cancel', { keeper, reqId });
    return null;
  },

  memory_object_futex_released: (core, keeper, { offset, gen, state: condition }) => {
    if (condition > FUTEX_STATE.NOT_RECOVERABLE) return `a futex is in no state ${condition}`;
    const did = tellMasterAt(core, offset, 'released', { keeper, gen, condition });
    return did ? null : `the futex by a grant (${gen}) that is not the kernel’s any more`;
  },

  memory_object_futex_wait: (core, keeper, { reqId, offset }) => {
    if (!isFutex(offset)) return fail(core, keeper, { reqId, offset }, 'KERN_MEMORY_ERROR', NO_FUTEX);
    if (!hasRoom(core, keeper, offset))
      return fail(core, keeper, { reqId, offset }, 'KERN_RESOURCE_SHORTAGE', TOO_MANY);
    tellWakesAt(core, offset, 'wait', { keeper, reqId });
    return null;
  },

  memory_object_futex_wake: (core, keeper, { offset, broadcast }) => {
    const looking = core.state.records.get(offset)?.wakes.looking.length ?? 0;
    tellWakesAt(core, offset, 'wake', { keeper, broadcast: broadcast || looking >= MOST_LOOKING });
    return null;
  },

  memory_object_futex_wake_completed: (core, keeper, { reqId: id, offset, woke, waits }) => {
    tellWakesAt(core, offset, 'completed', { keeper, id, woke, waits });
    return null;
  },
};

const NO_FUTEX = 'the offset is no multiple of 4';
const TOO_MANY = 'more futexes than are remembered, for one kernel or for all';

function isFutex(offset: number): boolean {
  return offset % 4 === 0;
}

function fail(
  core: FutexCore,
  kernel: KernelId,
  about: { reqId: number; offset: number },
  code: ErrorCode,
  why: string | null,
): string | null {
  send(core, kernel, { kind: 'memory_object_futex_failed', ...about, code });
  return why;
}
