/**
 * The subsystem of a block device: a fixed number of blocks of one size, read and written in runs of whole blocks.
 * Refusals are `BlockError`s with the system's codes.
 *
 * A write takes its bytes as of submission: the caller may go on writing into its array as soon as the stub has returned,
 * in every placement. Whoever implements `Block` keeps that by copying before the first `await`: a handler that runs on the
 * caller's stack has the caller's own array. A call that has to wait for its turn has a copy.
 */
import { defineSubsystem, routine } from 'easync';

import type { Geometry } from './geometry.ts';

export { BlockError } from './error.ts';
export { type Extent, nameOf, readExtent, writeExtent } from './extent.ts';
export { type Geometry, geometryOf, MAX_TRANSFER, show } from './geometry.ts';

export const Block = defineSubsystem('block', {
  /** The bytes of `count` blocks from block `lba`, the caller's to keep. At most `MAX_TRANSFER` bytes, else EINVAL. */
  read: routine<{ lba: number; count: number }, Uint8Array>(),
  /**
   * Writes `data`, whole blocks, at most `MAX_TRANSFER` bytes, from block `lba`; answers the number of blocks. A write that
   * fails may have changed any of the blocks it names, and no other.
   */
  write: routine<{ lba: number; data: Uint8Array }, number>(),
  /** Settles once every write that was answered before is on the medium. */
  flush: routine(),
  size: routine<void, Geometry>(),
  /** Where the driver's handlers run. */
  where: routine<void, { pid: number; threadId: number }>(),
});
