import { bind, type SendRight, type Stub } from 'easync';

import { File, type OpenHow, type Vfs } from '../vfs/index.ts';
import { failure, fsError } from './errors.ts';
import { requireDirectory, requireFileName } from './slash.ts';
import type { Target } from './target.ts';
import type { FileStub } from './transfer.ts';

export type VfsStub = Stub<typeof Vfs>;

/** An open file; the stub is whose who has this, to dispose. */
export type Opened = { file: FileStub; size: number };

/** The server as the methods see it: refusals are errors of `node:fs`, open files are owned by whoever opens them. */
export class Server {
  readonly #vfs: VfsStub;

  constructor(vfs: VfsStub) {
    this.#vfs = vfs;
  }

  /**
   * One call about one path, which an error names; `dest` too if there is one. `check` refuses what `target`, should it end in
   * a slash, may not be.
   */
  async ask<T>(
    syscall: string,
    target: Target,
    call: (vfs: VfsStub) => T | Promise<T>,
    dest?: Target,
    check: (vfs: VfsStub, target: Target) => Promise<void> = requireDirectory,
  ): Promise<T> {
    const shown = { path: target.shown, dest: dest?.shown };
    if (target.isEmpty || dest?.isEmpty === true) throw fsError('ENOENT', syscall, shown);
    try {
      await check(this.#vfs, target);
      return await call(this.#vfs);
    } catch (error) {
      throw failure(error, syscall, shown);
    }
  }

  async open(target: Target, how: OpenHow): Promise<Opened> {
    const check = (vfs: VfsStub): Promise<void> =>
      how.create === true ? requireFileName(vfs, target, how) : requireDirectory(vfs, target);
    return bindOpened(
      await this.ask('open', target, (vfs) => vfs.open({ path: target.path, ...how }), undefined, check),
    );
  }

  /** Opens for as long as `use` runs. Whoever has written wants to know that it could be closed. */
  async using<T>(target: Target, how: OpenHow, use: (opened: Opened) => Promise<T>): Promise<T> {
    const { file, size } = await this.open(target, how);
    try {
      const result = await use({ file, size });
      if (how.access !== 'read') await askFile('close', () => file.close());
      return result;
    } finally {
      file[Symbol.dispose]();
    }
  }
}

export function bindOpened({ file, size }: { file: SendRight; size: number }): Opened {
  return { file: bind(File, file), size };
}

/** A call on an open file; its errors name no path, as Node's do not. */
export async function askFile<T>(syscall: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failure(error, syscall, 'file');
  }
}
