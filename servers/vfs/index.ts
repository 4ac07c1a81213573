/**
 * The subsystems of a file system. A driver implements `Vfs`; an open file and the rest of a long directory are ports of
 * their own, so holding the right is what allows reading and writing, and letting it go is what closes.
 *
 * Refusals are `VfsError`s with the system's codes. Paths: see `Path`. Symbolic links on the way to the last name are
 * followed, within the file system: an absolute target starts at its root, `..` of the root is the root; more than 40 are
 * ELOOP. A link that the last name itself is, is followed by access, realpath and chmod, by others only with their `follow`.
 */
import { defineSubsystem, routine, type SendRight } from 'easync';

import type { Path } from './path.ts';

export { given, givenBytes, givenFlag, givenHow, givenInteger, givenMode, givenTimes } from './arguments.ts';
export { VfsError, systemErrorCode, systemErrorText } from './error.ts';
export { firstOf } from './listing.ts';
export { isPlainPath, parsePath, parseTarget, splitPath } from './names.ts';
export { decodePath, joinPath, pathBytes, pathOf, showPath, type Path } from './path.ts';
export { refusalOf, refusing, systemError } from './refusal.ts';
export { resolve, type Found } from './resolve.ts';

export const Vfs = defineSubsystem('vfs', {
  /**
   * Opens a regular file. Anything else is refused without being opened: ELOOP, EISDIR, EOPNOTSUPP. `size` in bytes, after
   * `truncate`.
   */
  open: routine<{ path: Path } & OpenHow, { file: SendRight; size: number }>(),
  /** The entries of one directory, in no order. `rest` is a `Listing` right if they are more than fit one reply. */
  readdir: routine<{ path: Path; follow?: boolean }, { entries: Entry[]; rest: SendRight | null }>(),
  /** What the path names. */
  stat: routine<{ path: Path; follow?: boolean }, Attributes>(),
  /** Refuses (EACCES, EROFS) what the server may not do with the file; `mode` as of access(2): 4 read, 2 write, 1 execute. */
  access: routine<{ path: Path; mode: number }>(),
  /** The target as it was given; EINVAL for what is no link. */
  readlink: routine<{ path: Path }, { target: Path }>(),
  /** The same file's path without links. */
  realpath: routine<{ path: Path }, { path: Path }>(),
  /** One level. `mode` defaults to 0o777, less the server's umask. */
  mkdir: routine<{ path: Path; mode?: number }>(),
  rmdir: routine<{ path: Path }>(),
  unlink: routine<{ path: Path }>(),
  /** Replaces a file, a link or an empty directory at `to`, in one step. */
  rename: routine<{ from: Path; to: Path }>(),
  symlink: routine<{ target: Path; path: Path }>(),
  chmod: routine<{ path: Path; mode: number }>(),
  utimes: routine<{ path: Path; follow?: boolean } & Times>(),
  /** Where the driver's handlers run. */
  where: routine<void, Where>(),
});

/** An open file. The server closes it when no right to it is left. */
export const File = defineSubsystem('file', {
  /**
   * Up to `length` bytes (at most `MAX_READ`, else EINVAL) from byte `offset`. Fewer than `length` come only at the end of
   * the file. The bytes are the caller's.
   */
  read: routine<{ offset: number; length: number }, Uint8Array>(),
  /**
   * Writes all of `data` (at most `MAX_WRITE` bytes, else EINVAL) at byte `offset`; at the end of the file if `offset` is null
   * or the file was opened with `append`. Answers the count written: fewer only if the medium took no more (then the next
   * write says why, ENOSPC).
   */
  write: routine<{ offset: number | null; data: Uint8Array }, number>(),
  /** To `length` bytes; what is added reads zero. */
  truncate: routine<{ length: number }>(),
  /** Settles once everything written is on the medium: fsync(2), with `dataOnly` fdatasync(2). */
  sync: routine<{ dataOnly?: boolean }>(),
  stat: routine<void, Attributes>(),
  chmod: routine<{ mode: number }>(),
  utimes: routine<Times>(),
  /** Closes now, whatever rights are left; then every routine is refused, EBADF. */
  close: routine(),
});

/** The rest of a directory listing as it was when `readdir` was called. */
export const Listing = defineSubsystem('listing', {
  /** The next entries; none at the end. */
  next: routine<void, Entry[]>(),
});

/** How to open: open(2)'s flags by name. Default: for reading, of a file that exists, not through a link. */
export type OpenHow = {
  access?: 'read' | 'write' | 'both';
  append?: boolean;
  /** Make it if there is none, with `mode` (default 0o666, less the server's umask). */
  create?: boolean;
  /** With `create`: refuse (EEXIST) if there is one, be it a link that leads nowhere. */
  exclusive?: boolean;
  /** Not with access to read alone: EINVAL. */
  truncate?: boolean;
  mode?: number;
  follow?: boolean;
};

/** Bytes of one read. Enough to make the cost of a call small beside the copy, and far below any frame limit. */
export const MAX_READ = 65_536;

/** Bytes of one write, likewise. */
export const MAX_WRITE = 65_536;

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block' | 'unknown';
export type Entry = { name: Path; type: EntryType };
/** Milliseconds since the epoch. */
export type Times = { atimeMs: number; mtimeMs: number };
/** `size` in bytes, `…Ms` in milliseconds since the epoch, `mode` the permission bits without the type; the rest as in stat(2). */
export type Attributes = {
  type: EntryType;
  size: number;
  mode: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
  dev: number;
  ino: number;
  nlink: number;
  uid: number;
  gid: number;
};
export type Where = { pid: number; threadId: number };
