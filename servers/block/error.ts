import { systemErrorText } from '../vfs/index.ts';

/**
 * A device's refusal. `code` is the system's own: ENXIO (the device has no such block), EINVAL (not whole blocks, too many,
 * or no numbers at all), ENOSPC, EIO. The text names the operation, the blocks and the device.
 */
export class BlockError extends Error {
  readonly code: string;

  constructor(code: string, operation: string, text: string, cause?: unknown) {
    super(`${code}: ${systemErrorText(code)}, ${operation}: ${text}`, cause === undefined ? {} : { cause });
    this.name = 'BlockError';
    this.code = code;
  }
}
