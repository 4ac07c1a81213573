import { type ErrorCode, IpcError } from '../errors.ts';
import { FUTEX_STATE } from '../wire/index.ts';
import type { KernelPort } from './kernels.ts';
import { isWord, SleepControl } from './sleep-control.ts';

/** What a futex is handed on with: its last owner unlocked it, or died while it had it, or gave up what was broken. */
export type FutexCondition = 'clean' | 'ownerDied' | 'notRecoverable';

/** What a pager says to one kernel about the futexes of an object: the answers to `FutexManager`, and what it wants itself. */
export class FutexControl extends SleepControl {
  readonly #kernel: KernelPort;

  /** @internal */
  constructor(kernel: KernelPort) {
    super(kernel);
    this.#kernel = kernel;
  }

  /** `gen`: greater than any before of this futex. `recall`: others wait already; it comes back as after `relinquishFutex`. */
  futexGranted(offset: number, about: { reqId: number; gen: number; state?: FutexCondition; recall?: boolean }): void {
    mustBeFutex('futexGranted', offset);
    const { reqId, gen, state = 'clean', recall = false } = about;
    this.#kernel.send({ kind: 'memory_object_futex_granted', reqId, offset, gen, state: CONDITIONS[state], recall });
  }

  /** `reqId`: of a `lockFutex`, or a `futexWait`. */
  futexFailed(offset: number, { reqId, code }: { reqId: number; code: ErrorCode }): void {
    mustBeFutex('futexFailed', offset);
    this.#kernel.send({ kind: 'memory_object_futex_failed', reqId, offset, code });
  }

  /** Others want it: answered by `futexReleased`, as soon as no task uses it. `budgetMs`: how long that may take; 0: as long as it does. */
  relinquishFutex(offset: number, { gen, budgetMs = 0 }: { gen: number; budgetMs?: number }): void {
    mustBeFutex('relinquishFutex', offset);
    this.#kernel.send({ kind: 'memory_object_relinquish_futex', offset, gen, budgetMs });
  }

  /** It was taken away from the kernel, and is not to be given back. */
  futexFenced(offset: number, gen: number): void {
    mustBeFutex('futexFenced', offset);
    this.#kernel.send({ kind: 'memory_object_futex_fenced', offset, gen });
  }

  /** Answers `futexWait`: from now on the kernel is told by `futexWoken`. */
  futexWaiting(offset: number, reqId: number): void {
    mustBeFutex('futexWaiting', offset);
    this.#kernel.send({ kind: 'memory_object_futex_waiting', reqId, offset });
  }

  /** A task of another kernel wakes one sleeper, or all. Answered by `futexWakeCompleted` with this `reqId`. */
  futexWoken(offset: number, { reqId, broadcast }: { reqId: number; broadcast: boolean }): void {
    mustBeFutex('futexWoken', offset);
    this.#kernel.send({ kind: 'memory_object_futex_woken', reqId, offset, broadcast });
  }
}

/** @internal undefined: there is no such state. */
export function conditionOf(state: number): FutexCondition | undefined {
  return NAMES[state];
}

const CONDITIONS = {
  clean: FUTEX_STATE.CLEAN,
  ownerDied: FUTEX_STATE.OWNER_DIED,
  notRecoverable: FUTEX_STATE.NOT_RECOVERABLE,
} as const;
const NAMES: readonly FutexCondition[] = ['clean', 'ownerDied', 'notRecoverable'];

function mustBeFutex(op: string, offset: number): void {
  if (isWord(offset)) return;
  throw new IpcError('EINVAL', `${op}: a futex is at a multiple of 4, and ${offset} is none`, { op });
}
