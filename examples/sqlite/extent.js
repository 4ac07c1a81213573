import { after } from './after.js';
import { BlockCache } from './block-cache.js';
import { blocksAround } from './blocks-around.js';

/** A file in some blocks of a device, `length` bytes. Methods answer a promise only where the device does. */
export class Extent {
  exists = false;
  length = 0;
  /** Blocks that may hold something, now or from before. */
  used = 0;
  #cache;
  store = () => this.#cache.store();

  constructor(disk, first, geometry) {
    this.#cache = new BlockCache(disk, first, geometry);
  }

  /** Fills `into`, with zeros from the file's end on. Answers whether the file has all of it. */
  read(into, offset) {
    const size = Math.min(into.length, Math.max(0, this.length - offset));
    into.fill(0, size);
    return after(blocksAround(this.#cache, this.length, offset, size), ({ bytes, skip }) => {
      into.set(bytes.subarray(skip, skip + size));
      return size === into.length;
    });
  }

  write(data, offset) {
    const { blocks, blockSize } = this.#cache;
    if (offset + data.length > blocks * blockSize)
      return Promise.reject(Object.assign(new Error('the extent is full'), { code: 'ENOSPC' }));
    if (offset > this.length) return after(this.truncate(offset), () => this.write(data, offset));
    const isWhole = offset % blockSize === 0 && data.length % blockSize === 0;
    const around = isWhole
      ? { block: offset / blockSize, bytes: data, skip: 0 }
      : blocksAround(this.#cache, this.length, offset, data.length);
    return after(around, ({ block, bytes, skip }) => {
      const copy = new Uint8Array(bytes);
      copy.set(data, skip);
      this.length = Math.max(this.length, offset + data.length);
      this.used = Math.max(this.used, block + copy.length / blockSize);
      return this.#cache.put(block, copy);
    });
  }

  truncate(length) {
    if (length > this.length) return this.write(new Uint8Array(length - this.length), this.length);
    this.length = length;
    this.#cache.drop(Math.ceil(length / this.#cache.blockSize));
    // Should power fail between the two, an old journal must not pass for the next one.
    return length === 0 ? this.#cache.put(0, new Uint8Array(this.#cache.blockSize)) : undefined;
  }

  /** Zeros behind the first block: what a file held before must not show where it grows again and power fails. */
  erase() {
    return this.#cache.put(1, new Uint8Array(Math.max(0, this.used - 1) * this.#cache.blockSize));
  }
}
