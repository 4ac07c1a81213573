/** `blockSize` in bytes. */
export type Geometry = { blocks: number; blockSize: number };

/** Bytes of one read or write. Enough to make the cost of a call small beside the copy, and far below any frame limit. */
export const MAX_TRANSFER = 1024 * 1024;

/**
 * The geometry that a driver's options ask for, checked: `blockSize` is 4096 and `blocks` is `found` unless told.
 *
 * @throws TypeError that names the option
 */
export function geometryOf(driver: string, options: object, found?: number): Geometry {
  const { blockSize = 4096, blocks = found }: { blockSize?: unknown; blocks?: unknown } = options;
  if (!isCount(blockSize) || blockSize < 512 || blockSize > MAX_BLOCK || (blockSize & (blockSize - 1)) !== 0)
    throw new TypeError(
      `${driver}: options.blockSize is a power of two from 512 to ${MAX_BLOCK}, not ${show(blockSize)}`,
    );
  if (!isCount(blocks) || !Number.isSafeInteger(blocks * blockSize))
    throw new TypeError(`${driver}: options.blocks is how many blocks the device has, from 1, not ${show(blocks)}`);
  return { blocks, blockSize };
}

/** A transfer holds some blocks at least. */
const MAX_BLOCK = MAX_TRANSFER / 16;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** A value of the wrong kind, for an error text. */
export function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value;
}
