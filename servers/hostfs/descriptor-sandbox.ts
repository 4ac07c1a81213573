import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  type Dirent,
  type Stats,
  utimesSync,
} from 'node:fs';

import { type OpenHow, systemError, systemErrorCode, type Times } from '../vfs/index.ts';
import { at, Directories, link, O_PATH } from './directories.ts';
import { Entries } from './entries.ts';
import { creationFlags, openFlags } from './open-flags.ts';
import { requireRegular } from './regular.ts';
import type { Names, Opened, Sandbox } from './sandbox.ts';
import { hostTime } from './times.ts';

/**
 * Holds descriptors: see `Directories`. A name is first taken as an O_PATH handle, which opens nothing: no FIFO blocks, no
 * device notices. What the handle turned out to be cannot change any more, so a check on it holds for what is done through
 * it.
 */
export class DescriptorSandbox extends Entries implements Sandbox {
  readonly #directories: Directories;

  constructor(root: string) {
    super();
    this.#directories = new Directories(root);
  }

  openPlain(path: string, how: OpenHow): Opened | undefined {
    const slash = path.lastIndexOf('/');
    const directory = this.#directories.cached(slash === -1 ? '' : path.slice(0, slash));
    if (directory === undefined) return undefined;
    const handle = openSync(`${link(directory)}/${path.slice(slash + 1)}`, O_PATH | constants.O_NOFOLLOW);
    try {
      const stats = fstatSync(handle);
      return how.follow === true && stats.isSymbolicLink() ? undefined : reopen(handle, stats, how);
    } finally {
      closeSync(handle);
    }
  }

  list(names: Names, follow = false): Dirent<Buffer>[] {
    // A Buffer, because where a host does not tell types, Node joins this path with the names, and those are Buffers.
    const path = Buffer.from(link(this.#directory(names, follow)));
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  }

  stat(names: Names, follow = false): Stats {
    return this.#withHandle(names, follow, (_handle, stats) => stats);
  }

  access(names: Names, mode: number): void {
    this.#withHandle(names, true, (handle) => accessSync(link(handle), mode));
  }

  rename(from: Names, to: Names): void {
    // The cache may close the one parent when it opens the other.
    const parent = openSync(link(this.#directory(from.slice(0, -1), true)), O_PATH | constants.O_DIRECTORY);
    try {
      renameSync(at(parent, nameOf(from)), at(this.#directory(to.slice(0, -1), true), nameOf(to)));
    } finally {
      closeSync(parent);
    }
  }

  chmod(names: Names, mode: number): void {
    this.#withHandle(names, true, (handle) => chmodSync(link(handle), mode));
  }

  utimes(names: Names, { atimeMs, mtimeMs }: Times, follow = false): void {
    this.#withHandle(names, follow, (handle) => utimesSync(link(handle), hostTime(atimeMs), hostTime(mtimeMs)));
  }

  close(): void {
    this.#directories.close();
  }

  protected override entry(names: Names): Buffer {
    return at(this.#directory(names.slice(0, -1), true), names.at(-1) ?? DOT);
  }

  protected override physicalEntry(names: Names): Buffer {
    return at(this.#directories.get(names.slice(0, -1)), names.at(-1) ?? DOT);
  }

  protected override openExisting(names: Names, how: OpenHow): Opened {
    return this.#withHandle(names, how.follow === true, (handle, stats) => reopen(handle, stats, how));
  }

  protected override create(names: Names, how: OpenHow): Opened {
    if (names.length === 0) throw systemError('EEXIST');
    return opened(openSync(this.entry(names), creationFlags(how), how.mode));
  }

  /** The directory's descriptor, good until the next call. */
  #directory(names: Names, follow: boolean): number {
    try {
      return this.#directories.get(names);
    } catch (error) {
      // Links are rare: nobody looks for one before a walk has met it.
      if (systemErrorCode(error) !== 'ENOTDIR') throw error;
      return this.#directories.get(this.resolve(names, follow));
    }
  }

  #withHandle<T>(names: Names, follow: boolean, use: (handle: number, stats: Stats) => T): T {
    if (names.length === 0) return use(this.#directories.root, fstatSync(this.#directories.root));
    const handle = openSync(this.entry(names), O_PATH | constants.O_NOFOLLOW);
    try {
      const stats = fstatSync(handle);
      if (!follow || !stats.isSymbolicLink()) return use(handle, stats);
    } finally {
      closeSync(handle);
    }
    return this.#withHandle(this.resolve(names, true), false, (reached, stats) => {
      if (stats.isSymbolicLink()) throw systemError('ELOOP');
      return use(reached, stats);
    });
  }
}

const DOT = Buffer.from('.');

function nameOf(names: Names): Buffer {
  const name = names.at(-1);
  if (name === undefined) throw systemError('EBUSY');
  return name;
}

/** Opens the file behind the handle, if it is one. */
function reopen(handle: number, stats: Stats, how: OpenHow): Opened {
  requireRegular(stats);
  if (how.truncate !== true) return { fd: openSync(link(handle), openFlags(how)), stats };
  return opened(openSync(link(handle), openFlags(how) | constants.O_TRUNC));
}

function opened(fd: number): Opened {
  try {
    return { fd, stats: fstatSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
