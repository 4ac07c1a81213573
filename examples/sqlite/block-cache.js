import { MAX_TRANSFER } from 'easync/servers/block';
import { after } from './after.js';
import { runsOf } from './runs.js';

/** Blocks that are written and not on their way yet, at most. */
const MOST = 256;

/**
 * Some blocks of a device that nobody else writes. Writes are kept back until `store`, so that neighbours go in one call.
 * The block read last is kept too: before each statement SQLite looks at the first one again.
 */
export class BlockCache {
  #disk;
  #first;
  #written = new Map();
  #read = new Map();

  constructor(disk, first, { blocks, blockSize }) {
    this.#disk = disk;
    this.#first = first;
    this.blocks = blocks;
    this.blockSize = blockSize;
  }

  /** The bytes of `count` blocks as they were written last, not to be changed; from block `end` on there is nothing yet. */
  load(block, count, end) {
    const nothing = (n) => (n < end ? undefined : new Uint8Array(this.blockSize));
    const known = (n) => this.#written.get(n) ?? this.#read.get(n) ?? nothing(n);
    const blocks = Array.from({ length: count }, (_, i) => known(block + i));
    if (!blocks.includes(undefined)) return count === 1 ? blocks[0] : Buffer.concat(blocks);
    return after(this.#disk.read({ lba: this.#first + block, count }), (bytes) => {
      blocks.forEach((one, i) => one && bytes.set(one, i * this.blockSize));
      this.#read.clear();
      if (count === 1) this.#read.set(block, bytes);
      return bytes;
    });
  }

  put(block, bytes) {
    this.#read.clear();
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
    const written = runsOf(this.#written.keys(), MAX_TRANSFER / this.blockSize).map((run) => {
      const data = Buffer.concat(run.map((block) => this.#written.get(block)));
      const taken = () => run.forEach((block) => this.#written.delete(block));
      return after(this.#disk.write({ lba: this.#first + run[0], data }), taken);
    });
    return written.some((one) => one instanceof Promise) ? Promise.all(written).then(() => undefined) : undefined;
  }
}
