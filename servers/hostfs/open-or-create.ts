import { systemError, systemErrorCode } from '../vfs/index.ts';
import type { Opened } from './sandbox.ts';

/**
 * open(2) with O_CREAT, in steps. The host's own would open whatever somebody has put there in the meantime, a FIFO too;
 * `open` looks before it opens, and the others make a file or fail with EEXIST.
 */
export function openOrCreate({
  open,
  create,
  createTarget,
}: {
  open: () => Opened;
  create: () => Opened;
  /** If a link is to be followed: makes what it leads to. */
  createTarget: (() => Opened) | undefined;
}): Opened {
  for (let attempt = 1; ; attempt++) {
    const made =
      unless('ENOENT', open) ??
      unless('EEXIST', create) ??
      (createTarget === undefined ? undefined : unless('EEXIST', createTarget));
    if (made !== undefined) return made;
    // Somebody else makes and removes it all the time.
    if (attempt === ATTEMPTS) throw systemError('EEXIST');
  }
}

const ATTEMPTS = 100;

/** Undefined if the host refuses with `code`. */
function unless(code: string, act: () => Opened): Opened | undefined {
  try {
    return act();
  } catch (error) {
    if (systemErrorCode(error) !== code) throw error;
    return undefined;
  }
}
