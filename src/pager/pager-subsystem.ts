import { defineSubsystem, routine } from '../driver/index.ts';
import type { SendRight } from '../task/index.ts';

/** What every pager answers, beside the kernels that it serves. */
export const Pager = defineSubsystem('pager', {
  /** A right to the memory object of this name, to map it: `task.vm.map(port, …)`. `ENONAME` if there is none. */
  object: routine<{ name: string }, { port: SendRight; size: number }>(),
  /** A right to an object that is made for the asker, and goes when nobody has it any more; what `of` is the pager says. */
  open: routine<{ of: unknown }, { port: SendRight; size: number }>(),
  names: routine<void, string[]>(),
  /** Settles when all that was written to it so far is stored, and lasts. Without a name: of all objects. */
  sync: routine<{ name?: string } | void>(),
  /** The store's contents changed by another hand: nobody goes on seeing the old ones. */
  invalidate: routine<{ name: string; offset?: number; length?: number }>(),
});
