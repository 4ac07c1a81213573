import { types } from 'node:util';

import { BlockError } from './error.ts';
import { type Geometry, MAX_TRANSFER, show } from './geometry.ts';

/** Bytes of the device: where they start, and how many. */
export type Extent = { start: number; length: number };

/** What a read's arguments name, whatever a caller has sent as arguments. */
export function readExtent(of: Geometry, args: unknown): Extent {
  const { lba, count } = fields(args);
  if (!isWhole(count) || count === 0) throw invalid('read', `count is a number of blocks from 1, not ${show(count)}`);
  return extent('read', of, lba, count);
}

/** The same of a write; its bytes are the caller's memory, and stay it. */
export function writeExtent(of: Geometry, args: unknown): Extent & { data: Uint8Array } {
  const { lba, data } = fields(args);
  if (!types.isUint8Array(data)) throw invalid('write', `data is a Uint8Array, not ${show(data)}`);
  // Another thread could change it while it is copied, and what was written would be neither the old nor the new.
  if (types.isSharedArrayBuffer(data.buffer)) throw invalid('write', 'data lies in shared memory; copy it first');
  const { length } = data;
  if (length === 0) throw invalid('write', 'data has no bytes: it is empty, or its memory was given away');
  if (length % of.blockSize !== 0)
    throw invalid('write', `data has ${length} bytes, which are not whole blocks of ${of.blockSize}`);
  return { ...extent('write', of, lba, length / of.blockSize), data };
}

function extent(operation: string, of: Geometry, lba: unknown, count: number): Extent {
  const { blocks, blockSize } = of;
  if (!isWhole(lba)) throw invalid(operation, `lba is the number of a block, from 0, not ${show(lba)}`);
  // First of all, so that a huge count is told of as what it is.
  const most = MAX_TRANSFER / blockSize;
  if (count > most)
    throw invalid(operation, `${count} blocks in one call, where ${most} may go (MAX_TRANSFER, ${MAX_TRANSFER} bytes)`);
  if (count > blocks - lba) {
    throw new BlockError(
      'ENXIO',
      operation,
      `${named(lba, count)} of a device that has ${blocks} (0 to ${blocks - 1})`,
    );
  }
  return { start: lba * blockSize, length: count * blockSize };
}

/** The blocks of an extent and how many there are, for an error text. */
export function nameOf({ blocks, blockSize }: Geometry, { start, length }: Extent): string {
  return `${named(start / blockSize, length / blockSize)} of ${blocks}`;
}

function named(lba: number, count: number): string {
  return count === 1 ? `block ${lba}` : `blocks ${lba} to ${lba + count - 1}`;
}

function fields(args: unknown): { lba?: unknown; count?: unknown; data?: unknown } {
  return typeof args === 'object' && args !== null ? args : {};
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function invalid(operation: string, text: string): BlockError {
  return new BlockError('EINVAL', operation, text);
}
