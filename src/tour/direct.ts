import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

import { type Entry, type EntryType, type Path, pathBytes, pathOf, VfsError } from 'easync/servers/vfs';

import type { OpenFile, Tree } from './tree.ts';

/**
 * The yardstick: the calls a program without easync would make, in the client itself. Synchronous like the driver's, in
 * the same pieces, without its sandbox: paths are simply opened.
 */
export function directTree(root: string): Tree {
  const prefix = Buffer.from(root === '/' ? root : `${root}/`);
  const onHost = (path: Path): Buffer => Buffer.concat([prefix, pathBytes(path)]);
  return {
    where: () => ({ pid: process.pid, threadId }),
    readdir: (path) => ({ entries: list(onHost(path)), rest: null }),
    open: (path) => open(onHost(path), path),
  };
}

function list(path: Buffer): Entry[] {
  return readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map((dirent) => {
    const type: EntryType = dirent.isFile() ? 'file' : dirent.isDirectory() ? 'directory' : 'unknown';
    return { name: pathOf(dirent.name), type };
  });
}

function open(onHost: Buffer, path: Path): OpenFile {
  const fd = openSync(onHost, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (!stats.isFile()) {
    closeSync(fd);
    throw new VfsError('EOPNOTSUPP', 'open', path);
  }
  return {
    size: stats.size,
    read: (offset, length) => readAt(fd, offset, length),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function readAt(fd: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
