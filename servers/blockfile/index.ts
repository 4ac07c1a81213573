/**
 * blockfile: a file of the host as a block device. Its size is fixed when it is made, as a hole that takes room on the host
 * only where it has been written.
 *
 * Handlers use synchronous calls on purpose, as hostfs does: a read or write is a copy from or to the page cache, a write
 * has taken its bytes when it returns, and inline it completes in place. A flush waits for the medium; who cannot have
 * its event loop wait so long places the driver in a thread or process.
 */
import { isAbsolute } from 'node:path';
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import { Block, readExtent, show, writeExtent } from '../block/index.ts';
import { Medium } from './medium.ts';
import { openFile } from './open-file.ts';

export type BlockfileOptions = {
  /** Absolute: the driver may run in a process with another working directory. */
  path: string;
  /** Bytes: a power of two from 512; 4096 unless told. */
  blockSize?: number;
  /** How many blocks it has. May be left out for a file that exists. */
  blocks?: number;
  /** Make it if there is none. */
  create?: boolean;
};

export default defineDriver(Block, (env) => {
  const { fd, geometry, path } = openFile(checkOptions(env.options));
  const medium = new Medium(fd, path, geometry);
  env.onClose(() => medium.close());

  return {
    read: (args) => medium.read(readExtent(geometry, args)),
    write(args) {
      const { data, ...extent } = writeExtent(geometry, args);
      medium.write(extent, data);
      return extent.length / geometry.blockSize;
    },
    flush: () => medium.flush(),
    size: () => geometry,
    where: () => ({ pid: process.pid, threadId }),
  };
});

function checkOptions(options: unknown): BlockfileOptions {
  if (typeof options !== 'object' || options === null || !('path' in options)) throw new TypeError(OPTIONS_TEXT);
  const { path, create = false }: { path: unknown; create?: unknown } = options;
  if (typeof path !== 'string' || !isAbsolute(path)) throw new TypeError(OPTIONS_TEXT);
  if (typeof create !== 'boolean')
    throw new TypeError(`blockfile: options.create is true or false, not ${show(create)}`);
  return { ...options, path, create };
}

const OPTIONS_TEXT =
  'blockfile needs options { path, blockSize?, blocks?, create? }: path is the absolute path of a file';
