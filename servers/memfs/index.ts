/**
 * memfs: a file system in memory as a `Vfs`. It lives as long as the driver. Permission bits are kept and shown, and keep
 * nobody out: who holds the right may do all, as root may. Reading does not touch `atime`.
 */
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import {
  firstOf,
  type Entry,
  File,
  given,
  givenFlag,
  givenHow,
  givenInteger,
  givenMode,
  givenTimes,
  joinPath,
  Listing,
  parsePath,
  parseTarget,
  type Path,
  pathOf,
  refusing,
  systemError,
  Vfs,
} from '../vfs/index.ts';
import { attributesOf, type Inode } from './inode.ts';
import { openFile } from './open-file.ts';
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
    open(args) {
      const { path } = given('open', args);
      const how = givenHow(args);
      const node = at('open', path, (names) => tree.open(names, how));
      const { handlers, close } = openFile(tree, path, node, how);
      return { file: env.serve(File, handlers, { onNoSenders: close }).right(), size: node.content.size };
    },
    readdir(args) {
      const { path, follow } = given('readdir', args);
      const isFollowed = givenFlag('readdir', 'follow', follow);
      const entries = at('readdir', path, (names) => entriesOf(tree.get(names, isFollowed)));
      return firstOf(entries, (next) => env.serve(Listing, { next }).right());
    },
    stat(args) {
      const { path, follow } = given('stat', args);
      const isFollowed = givenFlag('stat', 'follow', follow);
      return at('stat', path, (names) => attributesOf(tree.get(names, isFollowed)));
    },
    access(args) {
      const { path, mode } = given('access', args);
      givenInteger('access', 'mode', mode, 7);
      at('access', path, (names) => requireAccess(tree.get(names, true), mode));
    },
    readlink(args) {
      const { path } = given('readlink', args);
      return at('readlink', path, (names) => ({ target: targetOf(tree.get(names, false)) }));
    },
    realpath(args) {
      const { path } = given('realpath', args);
      return at('realpath', path, (names) => ({ path: tree.realpath(names).map(pathOf).reduce(joinPath, '') }));
    },
    mkdir(args) {
      const { path, mode = 0o777 } = given('mkdir', args);
      givenMode('mkdir', mode);
      at('mkdir', path, (names) => tree.mkdir(names, mode));
    },
    rmdir(args) {
      at('rmdir', given('rmdir', args).path, (names) => tree.rmdir(names));
    },
    unlink(args) {
      at('unlink', given('unlink', args).path, (names) => tree.unlink(names));
    },
    rename(args) {
      const { from, to } = given('rename', args);
      at('rename', from, (names) => tree.rename(names, parsePath(to, 'rename', PATH_MAX)));
    },
    symlink(args) {
      const { target, path } = given('symlink', args);
      // A copy: inline the bytes are the caller's.
      const bytes = Buffer.from(parseTarget(target, 'symlink'));
      at('symlink', path, (names) => tree.symlink(names, bytes));
    },
    chmod(args) {
      const { path, mode } = given('chmod', args);
      givenMode('chmod', mode);
      at('chmod', path, (names) => tree.chmod(tree.get(names, true), mode));
    },
    utimes(args) {
      const { path, follow, ...times } = given('utimes', args);
      const isFollowed = givenFlag('utimes', 'follow', follow);
      givenTimes('utimes', times);
      at('utimes', path, (names) => tree.utimes(tree.get(names, isFollowed), times));
    },
    where: () => ({ pid: process.pid, threadId }),
  };
});

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
  if ((mode & 1) !== 0 && inode.type === 'file' && (inode.mode & 0o111) === 0) throw systemError('EACCES');
}
