import { lstatSync, mkdirSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';

import { type Found, type OpenHow, resolve, systemError, systemErrorCode } from '../vfs/index.ts';
import { openOrCreate } from './open-or-create.ts';
import type { Names, Opened } from './sandbox.ts';

/**
 * The routines that act on an entry of a directory and never on what it leads to. The host follows no link in the last place
 * for any of them, so all they need is a way to the directory. And how a file is found or made, by what each sandbox does its
 * own way.
 */
export abstract class Entries {
  /**
   * A path for the host to the entry, good until the next call: the host meets no link on it before the entry. Links on the
   * way there are followed within the root. The root's own entry is `.`.
   */
  protected abstract entry(names: Names): Buffer;

  open(names: Names, how: OpenHow = {}): Opened {
    if (how.create !== true) return this.openExisting(names, how);
    if (how.exclusive === true) return this.create(names, how);
    return openOrCreate({
      open: () => this.openExisting(names, how),
      create: () => this.create(names, how),
      createTarget: how.follow === true ? () => this.create(this.resolve(names, true), how) : undefined,
    });
  }

  readlink(names: Names): Buffer {
    return readlinkSync(this.#named(names, 'EINVAL'), 'buffer');
  }

  realpath(names: Names): Buffer[] {
    const physical = this.resolve(names, true);
    lstatSync(this.physicalEntry(physical));
    return physical;
  }

  mkdir(names: Names, mode: number): void {
    mkdirSync(this.#named(names, 'EEXIST'), mode);
  }

  rmdir(names: Names): void {
    rmdirSync(this.#named(names, 'EBUSY'));
  }

  unlink(names: Names): void {
    unlinkSync(this.#named(names, 'EISDIR'));
  }

  symlink(target: Buffer, names: Names): void {
    symlinkSync(target, this.#named(names, 'EEXIST'));
  }

  /** See `resolve`. What it answers is to be walked without following anything: somebody may have changed it meanwhile. */
  protected resolve(names: Names, follow: boolean): Buffer[] {
    return resolve(names, (physical) => this.#find(physical), follow);
  }

  protected abstract openExisting(names: Names, how: OpenHow): Opened;

  /** Makes the file and opens it; EEXIST if anything is there. */
  protected abstract create(names: Names, how: OpenHow): Opened;

  #find(physical: Names): Found {
    const path = this.physicalEntry(physical);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    if (!stats.isSymbolicLink()) return stats.isDirectory() ? 'directory' : 'other';
    try {
      return { link: readlinkSync(path, 'buffer') };
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'EINVAL' && code !== 'ENOENT') throw error;
      // Somebody took it away since, and may have put something else there.
      return this.#find(physical);
    }
  }

  /** As `entry`, but a link on the way is ENOTDIR. */
  protected abstract physicalEntry(names: Names): Buffer;

  #named(names: Names, codeForRoot: string): Buffer {
    if (names.length === 0) throw systemError(codeForRoot);
    return this.entry(names);
  }
}
