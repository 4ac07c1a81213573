import { BlockError } from '../block/index.ts';
import { systemErrorCode } from '../vfs/index.ts';

/** Runs `act`; the host's errors leave as a device's refusals, with what was done on what. */
export function refusing<T>(operation: string, object: () => string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof BlockError) throw error;
    throw new BlockError(code, operation, object(), error);
  }
}
