import { existsSync, type Dirent, type Stats } from 'node:fs';

import type { OpenHow, Times } from '../vfs/index.ts';
import { DescriptorSandbox } from './descriptor-sandbox.ts';
import { PathSandbox } from './path-sandbox.ts';

/** Names as `parsePath` checked them; none is the root. */
export type Names = readonly Buffer[];

/** An open descriptor; it is the caller's. */
export type Opened = { fd: number; stats: Stats };

/**
 * One host directory that cannot be left, with the routines of `Vfs`. Symbolic links are followed by nobody but `resolve`,
 * which never leads above the root; the host is made to follow none. Nothing but directories and regular files is ever
 * opened. Every call is synchronous and throws the system's error.
 */
export interface Sandbox {
  open(names: Names, how?: OpenHow): Opened;
  /**
   * `open` of a file that is there, by a path that `isPlainPath` took: without names, for those who open file after file.
   * Undefined if it takes `open` to say.
   */
  openPlain?(path: string, how: OpenHow): Opened | undefined;
  list(names: Names, follow?: boolean): Dirent<Buffer>[];
  stat(names: Names, follow?: boolean): Stats;
  access(names: Names, mode: number): void;
  readlink(names: Names): Buffer;
  realpath(names: Names): Buffer[];
  mkdir(names: Names, mode: number): void;
  rmdir(names: Names): void;
  unlink(names: Names): void;
  rename(from: Names, to: Names): void;
  symlink(target: Buffer, names: Names): void;
  chmod(names: Names, mode: number): void;
  utimes(names: Names, times: Times, follow?: boolean): void;
  close(): void;
}

/**
 * Opens `root` (a symbolic link there is resolved now, once). On Linux the sandbox holds descriptors and is immune to
 * renames and swaps by others; elsewhere it checks paths, which somebody who swaps directories at the right moment can beat.
 *
 * @throws the system's error: ENOENT, ENOTDIR, EACCES
 */
export function openSandbox(root: string): Sandbox {
  const descriptors = process.platform === 'linux' && existsSync('/proc/self/fd');
  return descriptors ? new DescriptorSandbox(root) : new PathSandbox(root);
}
