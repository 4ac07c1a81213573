import { closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync, type Dirent, type Stats } from 'node:fs';

import { DescriptorCache } from './descriptor-cache.ts';
import { requireRegular } from './regular.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * openat(2) in effect: `/proc/self/fd/N/name` looks `name` up in the directory behind descriptor N, wherever that directory
 * is by now, and O_NOFOLLOW refuses a symbolic link. One name at a time, nothing that others rename or swap can lead out.
 *
 * A name is first taken as an O_PATH handle, which opens nothing: no FIFO blocks, no device notices. What the handle turned
 * out to be cannot change any more, so a check on it holds for the open that follows.
 */
export class DescriptorSandbox implements Sandbox {
  readonly #root: number;
  readonly #directories = new DescriptorCache(CACHED_DIRECTORIES);

  constructor(root: string) {
    this.#root = openSync(root, O_PATH | constants.O_DIRECTORY);
  }

  open(names: readonly Buffer[]): { fd: number; stats: Stats } {
    return this.#withHandle(names, (handle, stats) => {
      requireRegular(stats);
      return { fd: openSync(link(handle), constants.O_RDONLY), stats };
    });
  }

  list(names: readonly Buffer[]): Dirent<Buffer>[] {
    // A Buffer, because where a host does not tell types, Node joins this path with the names, and those are Buffers.
    const path = Buffer.from(link(this.#directory(names)));
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  }

  stat(names: readonly Buffer[]): Stats {
    return this.#withHandle(names, (_handle, stats) => stats);
  }

  close(): void {
    this.#directories.clear();
    closeSync(this.#root);
  }

  #withHandle<T>(names: readonly Buffer[], use: (handle: number, stats: Stats) => T): T {
    const name = names.at(-1);
    if (name === undefined) return use(this.#root, fstatSync(this.#root));
    const handle = openSync(at(this.#directory(names.slice(0, -1)), name), O_PATH | constants.O_NOFOLLOW);
    try {
      return use(handle, fstatSync(handle));
    } finally {
      closeSync(handle);
    }
  }

  /**
   * The directory's descriptor: the cache's, good until the next call. Files come directory by directory, and a walk costs
   * an open per level, so directories stay open for a while.
   */
  #directory(names: readonly Buffer[]): number {
    const name = names.at(-1);
    if (name === undefined) return this.#root;
    const key = names.map((part) => part.toString('latin1')).join('/');
    const cached = this.#directories.get(key);
    if (cached !== undefined && this.#isStillAt(cached, key)) return cached;
    const parent = this.#directory(names.slice(0, -1));
    const fd = openSync(at(parent, name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    this.#directories.set(key, fd);
    return fd;
  }

  /** A cached directory may have been renamed, or moved out of the root, since. The kernel knows where both are now. */
  #isStillAt(fd: number, key: string): boolean {
    const root = readlinkSync(link(this.#root), 'latin1');
    return readlinkSync(link(fd), 'latin1') === (root === '/' ? `/${key}` : `${root}/${key}`);
  }
}

/** Linux's O_PATH, which node:fs does not name; the same number on every architecture Node runs on. */
const O_PATH = 0o10000000;

/** Four readers in deep trees hit; the descriptors are few enough not to matter. */
const CACHED_DIRECTORIES = 32;

function link(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function at(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
}
