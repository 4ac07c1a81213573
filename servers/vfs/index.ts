/**
 * The subsystems of a file system, read side. A driver implements `Vfs`; an open file and the rest of a long directory are
 * ports of their own, so holding the right is what allows reading, and letting it go is what closes.
 *
 * Refusals are `VfsError`s with the system's codes. Paths: see `Path`.
 */
import { defineSubsystem, routine, type SendRight } from 'easync';

import type { Path } from './path.ts';

export { VfsError, systemErrorCode } from './error.ts';
export { decodePath, joinPath, pathBytes, pathOf, showPath, type Path } from './path.ts';

export const Vfs = defineSubsystem('vfs', {
  /** Opens a regular file. Anything else is refused without being opened: ELOOP, EISDIR, EOPNOTSUPP. `size` in bytes. */
  open: routine<{ path: Path }, { file: SendRight; size: number }>(),
  /** The entries of one directory, in no order. `rest` is a `Listing` right if they are more than fit one reply. */
  readdir: routine<{ path: Path }, { entries: Entry[]; rest: SendRight | null }>(),
  /** What the path names; a symbolic link is not followed. */
  stat: routine<{ path: Path }, Attributes>(),
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
  stat: routine<void, Attributes>(),
});

/** The rest of a directory listing as it was when `readdir` was called. */
export const Listing = defineSubsystem('listing', {
  /** The next entries; none at the end. */
  next: routine<void, Entry[]>(),
});

/** Bytes of one read. Enough to make the cost of a call small beside the copy, and far below any frame limit. */
export const MAX_READ = 65_536;

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block' | 'unknown';
export type Entry = { name: Path; type: EntryType };
/** `size` in bytes, `mtimeMs` in milliseconds since the epoch, `mode` the permission bits. */
export type Attributes = { type: EntryType; size: number; mtimeMs: number; mode: number };
export type Where = { pid: number; threadId: number };
