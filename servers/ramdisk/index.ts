/**
 * ramdisk: a block device in the memory of the task it runs in; it starts as zeros and ends with the driver.
 *
 * No handler waits, so each runs on its own from start to end: a write has copied its bytes when it returns.
 */
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import { Block, BlockError, geometryOf, readExtent, writeExtent } from '../block/index.ts';

export type RamdiskOptions = {
  blocks: number;
  /** Bytes: a power of two from 512; 4096 unless told. */
  blockSize?: number;
};

export default defineDriver(Block, ({ options }) => {
  const geometry = geometryOf('ramdisk', Object(options));
  const memory = allocate(geometry.blocks * geometry.blockSize);

  return {
    read(args) {
      const { start, length } = readExtent(geometry, args);
      return memory.slice(start, start + length);
    },
    write(args) {
      const { start, length, data } = writeExtent(geometry, args);
      memory.set(data, start);
      return length / geometry.blockSize;
    },
    flush() {},
    size: () => geometry,
    where: () => ({ pid: process.pid, threadId }),
  };
});

function allocate(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new BlockError('ENOMEM', 'open', `${bytes} bytes for a ramdisk; ask for fewer blocks`, error);
  }
}
