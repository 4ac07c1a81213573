import { threadId } from 'node:worker_threads';
import { defineDriver } from 'easync';
import { Block, BLOCK } from './block.js';

export default defineDriver(Block, (env) => {
  const disk = new Uint8Array(env.options.blocks * BLOCK);
  return {
    read: ({ lba, count }) => disk.slice(lba * BLOCK, (lba + count) * BLOCK),
    write({ lba, data }) {
      if (lba * BLOCK + data.length > disk.length) throw new RangeError(`the disk has no block ${lba}`);
      disk.set(data, lba * BLOCK);
      return data.length / BLOCK;
    },
    where: () => ({ pid: process.pid, threadId }),
  };
});
