import { defineSubsystem, routine } from 'easync';

/** Bytes of one block. */
export const BLOCK = 512;

/** A disk. Clients and drivers share this declaration and nothing else. */
export const Block = defineSubsystem('block', {
  read: routine(), // { lba, count } → bytes
  write: routine(), // { lba, data } → number of blocks
  where: routine(), // → { pid, threadId }
});
