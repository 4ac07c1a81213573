import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';

import { BlockError, type Geometry, geometryOf } from '../block/index.ts';
import { makeDurable } from './durable-name.ts';
import { refusing } from './refusal.ts';
import type { BlockfileOptions } from './index.ts';

/** The file behind a device: there, of the size it must have, and found again after a crash. */
export type OpenedFile = { fd: number; path: string; geometry: Geometry };

export function openFile(options: BlockfileOptions): OpenedFile {
  const { path, create = false } = options;
  // A path may name anything: without O_NONBLOCK the open of a FIFO would wait for its other end.
  const flags = constants.O_RDWR | constants.O_NONBLOCK | (create ? constants.O_CREAT : 0);
  const fd = refusing(
    'open',
    () => path,
    () => openSync(path, flags, 0o600),
  );
  try {
    return { fd, path, geometry: sized(fd, options, create) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function sized(fd: number, { path, ...options }: BlockfileOptions, create: boolean): Geometry {
  const stats = fstatSync(fd);
  if (!stats.isFile()) throw new BlockError('EINVAL', 'open', `${path} is no regular file`);
  // A creator that was killed in between has left it empty, too.
  if (create && stats.size === 0) return newFile(fd, path, geometryOf('blockfile', options));
  const { blockSize } = geometryOf('blockfile', options, 1);
  const geometry = geometryOf('blockfile', options, Math.max(1, Math.floor(stats.size / blockSize)));
  const { blocks } = geometry;
  if (stats.size === blocks * blockSize) return geometry;
  const wanted = `${blocks} blocks of ${blockSize} are ${blocks * blockSize}`;
  throw new BlockError('EINVAL', 'open', `${path} has ${stats.size} bytes, where ${wanted}; is it another device?`);
}

function newFile(fd: number, path: string, geometry: Geometry): Geometry {
  return refusing(
    'open',
    () => path,
    () => {
      ftruncateSync(fd, geometry.blocks * geometry.blockSize);
      makeDurable(fd, path);
      return geometry;
    },
  );
}
