import { fstatSync, writeSync } from 'node:fs';

import { givenBytes, givenInteger, MAX_WRITE } from '../vfs/index.ts';

/**
 * Writes `data` at `offset`, at the end of the file if that is null. If the host fails after it took some, the answer is the
 * count it took: the next write meets the failure first.
 *
 * @throws VfsError EINVAL, and the host's errors
 */
export function writeAt(fd: number, offset: number | null, data: Uint8Array, append: boolean): number {
  const bytes = givenBytes('write', data, MAX_WRITE);
  if (offset !== null) givenInteger('write', 'offset', offset, Number.MAX_SAFE_INTEGER);
  // With O_APPEND the host finds the end and writes there in one step, and other writers cannot come between.
  const start = append ? null : (offset ?? fstatSync(fd).size);
  let written = 0;
  do {
    const at = start === null ? null : start + written;
    const count = writeSome(fd, bytes.subarray(written), at, written > 0);
    if (count === 0) break;
    written += count;
  } while (written < bytes.length);
  return written;
}

function writeSome(fd: number, bytes: Uint8Array, at: number | null, mayFail: boolean): number {
  try {
    return writeSync(fd, bytes, 0, bytes.length, at);
  } catch (error) {
    if (mayFail) return 0;
    throw error;
  }
}
