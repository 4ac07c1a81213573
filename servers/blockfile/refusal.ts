import { BlockError } from '../block/index.ts';

/** Runs `act`; the host's errors leave as a device's refusals, with what was done on what. */
export function refusing<T>(operation: string, object: () => string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof BlockError) throw error;
    if (!('code' in error) || typeof error.code !== 'string' || !/^E[A-Z0-9]+$/.test(error.code)) throw error;
    throw new BlockError(error.code, operation, object(), error);
  }
}
