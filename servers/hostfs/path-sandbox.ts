import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  type Dirent,
  type Stats,
} from 'node:fs';

import { systemError } from '../vfs/refusal.ts';
import { requireRegular } from './regular.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * For hosts without `/proc/self/fd`: checks every part of a path, then uses the path. Weaker than descriptors: somebody who
 * replaces a directory of the path by a symbolic link between the check and the use is followed. The file itself cannot be
 * swapped: what was opened must be what was checked.
 */
export class PathSandbox implements Sandbox {
  readonly #root: Buffer;

  constructor(root: string) {
    this.#root = Buffer.from(realpathSync.native(root));
    requireDirectory(lstatSync(this.#root));
  }

  open(names: readonly Buffer[]): { fd: number; stats: Stats } {
    const path = this.#checked(names);
    const checked = lstatSync(path);
    requireRegular(checked);
    // O_NONBLOCK: a FIFO swapped in since the check must not block the driver.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      requireRegular(stats);
      if (stats.ino !== checked.ino || stats.dev !== checked.dev) throw systemError('ESTALE');
      return { fd, stats };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  list(names: readonly Buffer[]): Dirent<Buffer>[] {
    const path = this.#checked(names);
    requireDirectory(lstatSync(path));
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  }

  stat(names: readonly Buffer[]): Stats {
    return lstatSync(this.#checked(names));
  }

  close(): void {
    // Holds nothing.
  }

  /** The host's path; every directory on the way is a directory and not a link. */
  #checked(names: readonly Buffer[]): Buffer {
    let path = this.#root;
    for (const [index, name] of names.entries()) {
      if (index > 0) requireDirectory(lstatSync(path));
      path = Buffer.concat([path, SLASH, name]);
    }
    return path;
  }
}

const SLASH = Buffer.from('/');

function requireDirectory(stats: Stats): void {
  if (!stats.isDirectory()) throw systemError('ENOTDIR');
}
