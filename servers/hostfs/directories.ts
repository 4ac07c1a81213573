import { closeSync, constants, openSync, readlinkSync } from 'node:fs';

import { systemErrorCode } from '../vfs/index.ts';
import { DescriptorCache } from './descriptor-cache.ts';
import type { Names } from './sandbox.ts';

/**
 * The directories of a root, as O_PATH descriptors. openat(2) in effect: `/proc/self/fd/N/name` looks `name` up in the
 * directory behind descriptor N, wherever that directory is by now, and O_NOFOLLOW refuses a symbolic link. One name at a
 * time, nothing that others rename or swap can lead out.
 */
export class Directories {
  readonly root: number;
  readonly #cache = new DescriptorCache(CACHED_DIRECTORIES);

  constructor(root: string) {
    this.root = openSync(root, O_PATH | constants.O_DIRECTORY);
  }

  /**
   * The directory's descriptor: the cache's, good until the next call. Files come directory by directory, and a walk costs
   * an open per level, so directories stay open for a while.
   *
   * @throws ENOTDIR for a symbolic link, in whichever place
   */
  get(names: Names): number {
    const name = names.at(-1);
    if (name === undefined) return this.root;
    const key = names.map((part) => part.toString('latin1')).join('/');
    const cached = this.cached(key);
    if (cached !== undefined) return cached;
    const parent = this.get(names.slice(0, -1));
    const fd = openSync(at(parent, name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    this.#cache.set(key, fd);
    return fd;
  }

  /** As `get`, but undefined for what it would have to open. `key` is the names in latin1, `/` between them. */
  cached(key: string): number | undefined {
    if (key === '') return this.root;
    const fd = this.#cache.get(key);
    return fd !== undefined && this.#isStillAt(fd, key) ? fd : undefined;
  }

  close(): void {
    this.#cache.clear();
    closeSync(this.root);
  }

  /** A cached directory may have been renamed, moved out of the root or removed since. The kernel knows where both are now. */
  #isStillAt(fd: number, key: string): boolean {
    // One that was removed is said to be at its last path with this behind it, which may be the path of another.
    if (key.endsWith(' (deleted)')) return false;
    try {
      const root = readlinkSync(link(this.root), 'latin1');
      return readlinkSync(link(fd), 'latin1') === (root === '/' ? `/${key}` : `${root}/${key}`);
    } catch (error) {
      // Deeper than a path can say: links lead there.
      if (systemErrorCode(error) === 'ENAMETOOLONG') return false;
      throw error;
    }
  }
}

/** Linux's O_PATH, which node:fs does not name; the same number on every architecture Node runs on. */
export const O_PATH = 0o10000000;

/** What an open descriptor stands for. As the last part of a path it leads to that very file, whatever its name is by now. */
export function link(fd: number): string {
  return `${DESCRIPTORS}/${fd}`;
}

export function at(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${link(directory)}/`), name]);
}

/** Not by `/proc/self`, a link that each lookup would read; unless this `/proc` knows us by another number than we do. */
const DESCRIPTORS = `/proc/${ownNumber() === String(process.pid) ? process.pid : 'self'}/fd`;

function ownNumber(): string | undefined {
  try {
    return readlinkSync('/proc/self');
  } catch {
    // No Linux, or no /proc: nobody asks for a descriptor here.
    return undefined;
  }
}

/** Four readers in deep trees hit; the descriptors are few enough not to matter. */
const CACHED_DIRECTORIES = 32;
