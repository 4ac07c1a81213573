import { MAX_TRANSFER } from 'easync/servers/block';
import { after } from './after.js';

/** Blocks that are written and not on their way yet, at most. */
const MOST = 256;

/** Some blocks of a device. Writes are kept back until `store`, so that neighbours go in one call. */
export class BlockCache {
  #disk;
  #first;
  #written = new Map();

  constructor(disk, first, { blocks, blockSize }) {
    this.#disk = disk;
    this.#first = first;
    this.blocks = blocks;
    this.blockSize = blockSize;
  }

  /** The bytes of `count` blocks as they were written last; from block `end` on there is nothing yet. */
  load(block, count, end) {
    const known = (n) => this.#written.get(n) ?? (n < end ? undefined : new Uint8Array(this.blockSize));
    const blocks = Array.from({ length: count }, (_, i) => known(block + i));
    if (!blocks.includes(undefined)) return count === 1 ? blocks[0] : Buffer.concat(blocks);
    return after(this.#disk.read({ lba: this.#first + block, count }), (bytes) => {
      blocks.forEach((one, i) => one && bytes.set(one, i * this.blockSize));
      return bytes;
    });
  }

  /** Takes the bytes over. */
  put(block, bytes) {
    for (let at = 0; at < bytes.length; at += this.blockSize) {
      this.#written.set(block + at / this.blockSize, bytes.subarray(at, at + this.blockSize));
    }
    return this.#written.size > MOST ? this.store() : undefined;
  }

  drop(from) {
    for (const block of this.#written.keys()) if (block >= from) this.#written.delete(block);
  }

  /** Writes what was kept back. What a device in trouble did not take stays here. */
  store() {
    const most = MAX_TRANSFER / this.blockSize;
    const runs = [];
    for (const block of [...this.#written.keys()].sort((a, b) => a - b)) {
      const run = runs.at(-1);
      if (run !== undefined && block === run[0] + run.length && run.length < most) run.push(block);
      else runs.push([block]);
    }
    const written = runs.map((run) => {
      const data = Buffer.concat(run.map((block) => this.#written.get(block)));
      return after(this.#disk.write({ lba: this.#first + run[0], data }), () =>
        run.forEach((block) => this.#written.delete(block)),
      );
    });
    return written.some((one) => one instanceof Promise) ? Promise.all(written).then(() => undefined) : undefined;
  }
}
