import type { Dirent, Stats } from 'node:fs';

import { pathOf, type Attributes, type Entry, type EntryType } from '../vfs/index.ts';

export function attributesOf(stats: Stats): Attributes {
  const { size, mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs, dev, ino, nlink, uid, gid } = stats;
  return {
    type: typeOf(stats),
    size,
    mode: mode & 0o7777,
    atimeMs,
    mtimeMs,
    ctimeMs,
    birthtimeMs,
    dev,
    ino,
    nlink,
    uid,
    gid,
  };
}

export function entryOf(dirent: Dirent<Buffer>): Entry {
  return { name: pathOf(dirent.name), type: typeOf(dirent) };
}

function typeOf(of: Stats | Dirent<Buffer>): EntryType {
  if (of.isFile()) return 'file';
  if (of.isDirectory()) return 'directory';
  if (of.isSymbolicLink()) return 'symlink';
  if (of.isFIFO()) return 'fifo';
  if (of.isSocket()) return 'socket';
  if (of.isCharacterDevice()) return 'character';
  return of.isBlockDevice() ? 'block' : 'unknown';
}
