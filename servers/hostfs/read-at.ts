import { readSync } from 'node:fs';

import { MAX_READ } from '../vfs/index.ts';
import { systemError } from '../vfs/index.ts';

/**
 * Up to `length` bytes from `offset`; fewer only at the end of the file.
 *
 * @throws EINVAL for numbers out of range, and the host's errors
 */
export function readAt(fd: number, offset: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(offset) || offset < 0) throw systemError('EINVAL');
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_READ) throw systemError('EINVAL');
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  // A copy, not a view: a thread's copy of a view would carry the whole buffer, old memory of this process with it.
  return filled === length ? bytes : bytes.slice(0, filled);
}
