import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  lutimesSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  type Dirent,
  type Stats,
} from 'node:fs';

import { type OpenHow, systemError, systemErrorCode, type Times } from '../vfs/index.ts';
import { Entries } from './entries.ts';
import { creationFlags, openFlags } from './open-flags.ts';
import { requireRegular } from './regular.ts';
import type { Names, Opened, Sandbox } from './sandbox.ts';
import { hostTime } from './times.ts';

/**
 * For hosts without `/proc/self/fd`: checks every part of a path, then uses the path. Weaker than descriptors: somebody who
 * replaces a directory of the path by a symbolic link between the check and the use is followed, and so is a link put in the
 * place of what `chmod` and `access` have checked. A file that is opened cannot be swapped: what was opened must be what was
 * checked.
 */
export class PathSandbox extends Entries implements Sandbox {
  readonly #root: Buffer;

  constructor(root: string) {
    super();
    this.#root = Buffer.from(realpathSync.native(root));
    requireDirectory(lstatSync(this.#root));
  }

  list(names: Names, follow = false): Dirent<Buffer>[] {
    const path = this.#path(names, follow);
    requireDirectory(lstatSync(path));
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  }

  stat(names: Names, follow = false): Stats {
    return lstatSync(this.#path(names, follow));
  }

  access(names: Names, mode: number): void {
    accessSync(this.#path(names, true), mode);
  }

  rename(from: Names, to: Names): void {
    if (from.length === 0 || to.length === 0) throw systemError('EBUSY');
    renameSync(this.entry(from), this.entry(to));
  }

  chmod(names: Names, mode: number): void {
    chmodSync(this.#path(names, true), mode);
  }

  utimes(names: Names, { atimeMs, mtimeMs }: Times, follow = false): void {
    lutimesSync(this.#path(names, follow), hostTime(atimeMs), hostTime(mtimeMs));
  }

  close(): void {
    // Holds nothing.
  }

  protected override entry(names: Names): Buffer {
    return this.#path(names, false);
  }

  protected override physicalEntry(names: Names): Buffer {
    return Buffer.concat([this.#root, ...names.flatMap((name) => [SLASH, name])]);
  }

  #path(names: Names, follow: boolean): Buffer {
    return this.physicalEntry(this.resolve(names, follow));
  }

  protected override openExisting(names: Names, how: OpenHow): Opened {
    const path = this.#path(names, how.follow === true);
    const checked = lstatSync(path);
    requireRegular(checked);
    // O_NONBLOCK: a FIFO swapped in since the check must not block the driver. What else may be there is not truncated yet.
    const fd = openAtOnce(path, openFlags(how) | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return closingOnError(fd, () => {
      const stats = fstatSync(fd);
      requireRegular(stats);
      if (stats.ino !== checked.ino || stats.dev !== checked.dev) throw systemError('ESTALE');
      if (how.truncate !== true) return { fd, stats };
      ftruncateSync(fd, 0);
      return { fd, stats: fstatSync(fd) };
    });
  }

  protected override create(names: Names, how: OpenHow): Opened {
    if (names.length === 0) throw systemError('EEXIST');
    const fd = openSync(this.entry(names), creationFlags(how), how.mode);
    return closingOnError(fd, () => ({ fd, stats: fstatSync(fd) }));
  }
}

const SLASH = Buffer.from('/');

function requireDirectory(stats: Stats): void {
  if (!stats.isDirectory()) throw systemError('ENOTDIR');
}

function openAtOnce(path: Buffer, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    // What the host says instead of waiting for a FIFO's reader; and for sockets.
    throw systemErrorCode(error) === 'ENXIO' ? systemError('EOPNOTSUPP') : error;
  }
}

function closingOnError(fd: number, use: () => Opened): Opened {
  try {
    return use();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
