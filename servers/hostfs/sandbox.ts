import { existsSync, type Dirent, type Stats } from 'node:fs';

import { DescriptorSandbox } from './descriptor-sandbox.ts';
import { PathSandbox } from './path-sandbox.ts';

/**
 * One host directory that cannot be left. Paths come as checked names (`parsePath`); no symbolic link is ever followed below
 * the root, and nothing but directories and regular files is ever opened. Every call is synchronous and throws the system's
 * error.
 */
export interface Sandbox {
  /** Opens a regular file for reading. The descriptor is the caller's. */
  open(names: readonly Buffer[]): { fd: number; stats: Stats };
  list(names: readonly Buffer[]): Dirent<Buffer>[];
  /** Does not follow a symbolic link. */
  stat(names: readonly Buffer[]): Stats;
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
