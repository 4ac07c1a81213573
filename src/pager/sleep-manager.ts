import type { MemoryControl } from './memory-control.ts';
import { isWord } from './sleep-control.ts';
import type { SleepFromKernel } from './sleep-state.ts';

/** The raw calls about sleep and wakeup. Without `interest` who prepares to sleep gets KERN_MEMORY_ERROR. */
export interface SleepManager {
  /**
   * The kernel is about to have sleepers there. Say `interestElsewhere` to all others, and `interestCompleted` when they have answered.
   * A kernel that says `init` later is told before `ready`.
   */
  interest?(control: MemoryControl, offset: number, about: { reqId: number; domain: number }): void;
  /** Answers `interestElsewhere`. */
  interestNoted?(control: MemoryControl, offset: number, about: { reqId: number; domain: number }): void;
  /** Say `woken` to the other kernels that said `interest`: to all, or with `one` to one after the other until one woke somebody. */
  wakeup?(control: MemoryControl, offset: number, about: { domain: number; one: boolean }): void;
  /** Answers `woken`. `woke`: a sleeper was woken. `sleeps` false: there is nobody, and the kernel is to be told no more. */
  wokenCompleted?(
    control: MemoryControl,
    offset: number,
    about: { reqId: number; domain: number; woke: boolean; sleeps: boolean },
  ): void;
}

/** @internal Nobody sleeps for what is no word: that is dropped, as what is not made of pages is. */
export function tellSleep(manager: SleepManager, control: MemoryControl, message: SleepFromKernel): void {
  const { offset } = message;
  if (!isWord(offset)) return;
  switch (message.kind) {
    case 'memory_object_interest': {
      const { reqId, domain } = message;
      if (manager.interest !== undefined) return manager.interest(control, offset, { reqId, domain });
      return control.interestCompleted(offset, { reqId, domain, code: 'KERN_MEMORY_ERROR' });
    }
    case 'memory_object_interest_noted':
      return manager.interestNoted?.(control, offset, message);
    case 'memory_object_wakeup':
      return manager.wakeup?.(control, offset, message);
    case 'memory_object_woken_completed':
      return manager.wokenCompleted?.(control, offset, message);
  }
}
