import { defineSubsystem, routine } from 'easync';

/** Both get rights to the buffer's memory and to its lock. */
export const Producer = defineSubsystem('producer', { run: routine() }); // { memory, lock, numbers, consumers } → { from }
export const Consumer = defineSubsystem('consumer', { run: routine() }); // { memory, lock } → { took, from }

/** There are no more numbers: each consumer takes one of these. */
export const END = -1;
