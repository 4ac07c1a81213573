/**
 * memfs: a file system in memory as a `Vfs`. It lives as long as the driver. Permission bits are kept and shown, and keep
 * nobody out: who holds the right may do all, as root may. Reading does not touch `atime`.
 */
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import { parsePath } from '../vfs/names.ts';
import { systemError, refusing } from '../vfs/refusal.ts';
import { type Entry, File, joinPath, Listing, type Path, pathBytes, pathOf, Vfs } from '../vfs/index.ts';
import { attributesOf, type Inode } from './inode.ts';
import { openFile, requireMode, requireTimes } from './open-file.ts';
import { Tree } from './tree.ts';

export type MemfsOptions = {
  /** What the contents of all files and the targets of links may take, in bytes; then ENOSPC. Default: no limit. */
  maxBytes?: number;
};

export default defineDriver(Vfs, (env) => {
  const tree = new Tree({ ...checkOptions(env.options), umask: process.umask() });

  const at = <T>(operation: string, path: Path, use: (names: Buffer[]) => T): T =>
    refusing(operation, path, () => use(parsePath(path, operation, PATH_MAX)));

  return {
    open({ path, ...how }) {
      const node = at('open', path, (names) => tree.open(names, { ...how, mode: requireMode(how.mode ?? 0o666) }));
      const { handlers, close } = openFile(tree, path, node, how);
      return { file: env.serve(File, handlers, { onNoSenders: close }).right(), size: node.content.size };
    },
    readdir({ path, follow = false }) {
      const entries = at('readdir', path, (names) => entriesOf(tree.get(names, follow)));
      if (entries.length <= ENTRIES_PER_REPLY) return { entries, rest: null };
      const first = entries.splice(0, ENTRIES_PER_REPLY);
      const next = (): Entry[] => entries.splice(0, ENTRIES_PER_REPLY);
      return { entries: first, rest: env.serve(Listing, { next }).right() };
    },
    stat: ({ path, follow = false }) => at('stat', path, (names) => attributesOf(tree.get(names, follow))),
    access: ({ path, mode }) => at('access', path, (names) => requireAccess(tree.get(names, true), mode)),
    readlink: ({ path }) => at('readlink', path, (names) => ({ target: targetOf(tree.get(names, false)) })),
    realpath: ({ path }) =>
      at('realpath', path, (names) => ({ path: tree.realpath(names).map(pathOf).reduce(joinPath, '') })),
    mkdir: ({ path, mode = 0o777 }) => at('mkdir', path, (names) => tree.mkdir(names, requireMode(mode))),
    rmdir: ({ path }) => at('rmdir', path, (names) => tree.rmdir(names)),
    unlink: ({ path }) => at('unlink', path, (names) => tree.unlink(names)),
    rename: ({ from, to }) => at('rename', from, (names) => tree.rename(names, parsePath(to, 'rename', PATH_MAX))),
    symlink: ({ target, path }) => at('symlink', path, (names) => tree.symlink(names, checkTarget(target))),
    chmod: ({ path, mode }) => at('chmod', path, (names) => tree.chmod(tree.get(names, true), requireMode(mode))),
    utimes: ({ path, follow = false, ...times }) =>
      at('utimes', path, (names) => tree.utimes(tree.get(names, follow), requireTimes(times))),
    where: () => ({ pid: process.pid, threadId }),
  };
});

/** Keeps a reply with names of the greatest length (255 bytes) well below a frame. */
const ENTRIES_PER_REPLY = 4096;

/** As on Linux, less the NUL. */
const PATH_MAX = 4095;

function checkOptions(options: unknown): { maxBytes: number } {
  if (options === undefined || options === null) return { maxBytes: Number.POSITIVE_INFINITY };
  const maxBytes: unknown = typeof options === 'object' && 'maxBytes' in options ? options.maxBytes : undefined;
  if (maxBytes === undefined) return { maxBytes: Number.POSITIVE_INFINITY };
  if (Number.isSafeInteger(maxBytes) && Number(maxBytes) >= 0) return { maxBytes: Number(maxBytes) };
  throw new TypeError('memfs takes options { maxBytes }: a whole number of bytes, 0 or more');
}

function entriesOf(inode: Inode): Entry[] {
  if (inode.type !== 'directory') throw systemError('ENOTDIR');
  return [...inode.entries].map(([key, { type }]) => ({ name: pathOf(Buffer.from(key, 'latin1')), type }));
}

function targetOf(inode: Inode): Path {
  if (inode.type !== 'symlink') throw systemError('EINVAL');
  return pathOf(inode.target);
}

/** A file without any x bit cannot be executed, whoever asks. */
function requireAccess(inode: Inode, mode: number): void {
  if (!Number.isInteger(mode) || mode < 0 || mode > 7) throw systemError('EINVAL');
  if ((mode & 1) !== 0 && inode.type === 'file' && (inode.mode & 0o111) === 0) throw systemError('EACCES');
}

function checkTarget(target: unknown): Buffer {
  if (typeof target !== 'string' && !(target instanceof Uint8Array)) throw systemError('EINVAL');
  // A copy: inline the bytes are the caller's.
  const bytes = Buffer.from(pathBytes(target));
  if (bytes.length === 0) throw systemError('ENOENT');
  if (bytes.length > PATH_MAX) throw systemError('ENAMETOOLONG');
  if (bytes.includes(0)) throw systemError('EINVAL');
  return bytes;
}
