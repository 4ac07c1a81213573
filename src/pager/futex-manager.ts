import { LOCK_FUTEX } from '../wire/index.ts';
import { conditionOf, type FutexCondition } from './futex-control.ts';
import type { FutexFromKernel } from './futex-state.ts';
import type { MemoryControl } from './memory-control.ts';
import { isWord } from './sleep-control.ts';

/** The raw calls about futexes. Without `lockFutex`, or without `futexWait`, who asks gets KERN_MEMORY_ERROR. */
export interface FutexManager {
  /** Answer `futexGranted` or `futexFailed`, with this `reqId`, now or when it is free. `noQueue`: EAGAIN if it is not free now. */
  lockFutex?(control: MemoryControl, offset: number, about: { reqId: number; noQueue: boolean }): void;
  /** Nobody wants it any more: answer `futexFailed` with KERN_ABORTED, unless it was granted before. */
  cancelFutex?(control: MemoryControl, offset: number, about: { reqId: number }): void;
  /** What was granted by another `gen` than the last was taken away meanwhile: it counts for nothing. */
  futexReleased?(control: MemoryControl, offset: number, about: { gen: number; state: FutexCondition }): void;
  /** Tasks are about to sleep on the word: answer `futexWaiting`. */
  futexWait?(control: MemoryControl, offset: number, about: { reqId: number }): void;
  /** Say `futexWoken` to the other kernels that wait: to one after the other until one woke somebody, or to all. */
  futexWake?(control: MemoryControl, offset: number, about: { broadcast: boolean }): void;
  /** Answers `futexWoken`. `woke`: a sleeper was woken. `waits`: there are others. */
  futexWakeCompleted?(
    control: MemoryControl,
    offset: number,
    about: { reqId: number; woke: boolean; waits: boolean },
  ): void;
}

/** @internal What cannot be about a futex is dropped, as what is not made of pages is. */
export function tellFutex(manager: FutexManager, control: MemoryControl, message: FutexFromKernel): void {
  const { offset } = message;
  if (!isWord(offset)) return;
  switch (message.kind) {
    case 'memory_object_lock_futex': {
      const { reqId, flags } = message;
      if (manager.lockFutex === undefined) return control.futexFailed(offset, { reqId, code: 'KERN_MEMORY_ERROR' });
      return manager.lockFutex(control, offset, { reqId, noQueue: (flags & LOCK_FUTEX.NOQUEUE) !== 0 });
    }
    case 'memory_object_cancel_futex':
      return manager.cancelFutex?.(control, offset, message);
    case 'memory_object_futex_released': {
      const state = conditionOf(message.state);
      if (state !== undefined) manager.futexReleased?.(control, offset, { gen: message.gen, state });
      return;
    }
    case 'memory_object_futex_wait': {
      const { reqId } = message;
      if (manager.futexWait === undefined) return control.futexFailed(offset, { reqId, code: 'KERN_MEMORY_ERROR' });
      return manager.futexWait(control, offset, { reqId });
    }
    case 'memory_object_futex_wake':
      return manager.futexWake?.(control, offset, message);
    case 'memory_object_futex_wake_completed':
      return manager.futexWakeCompleted?.(control, offset, message);
  }
}
