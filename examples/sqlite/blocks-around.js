import { after } from './after.js';

/** The whole blocks around some bytes of a file of `length` bytes, and where in them these are. */
export function blocksAround(cache, length, offset, size) {
  const { blockSize } = cache;
  const block = Math.floor(offset / blockSize);
  const count = Math.ceil((offset + size) / blockSize) - block;
  const skip = offset - block * blockSize;
  const loaded = cache.load(block, count, Math.ceil(length / blockSize));
  return after(loaded, (bytes) => ({ block, bytes, skip }));
}
