import { bind, type SendRight, type Stub } from 'easync';

import { File, type OpenHow, type Vfs } from '../vfs/index.ts';
import { failure, fsError, type Shown } from './errors.ts';
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

  /** One call about one path, which an error names; `dest` too if there is one. */
  async ask<T>(syscall: string, target: Target, call: (vfs: VfsStub) => T | Promise<T>, dest?: Target): Promise<T> {
    const shown = { path: target.shown, dest: dest?.shown };
    if (target.isEmpty || dest?.isEmpty === true) throw fsError('ENOENT', syscall, shown);
    try {
      if (target.slash) await this.#mustBeDirectory(target, syscall, shown);
      return await call(this.#vfs);
    } catch (error) {
      throw failure(error, syscall, shown);
    }
  }

  async open(target: Target, how: OpenHow): Promise<Opened> {
    return bindOpened(await this.ask('open', target, (vfs) => vfs.open({ path: target.path, ...how })));
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

  /** What ends in a slash is there as a directory, or not there. */
  async #mustBeDirectory(target: Target, syscall: string, shown: Shown): Promise<void> {
    const type = await this.#typeOf(target);
    if (type !== undefined && type !== 'directory') throw fsError('ENOTDIR', syscall, shown);
  }

  async #typeOf({ path }: Target): Promise<string | undefined> {
    try {
      const { type } = await this.#vfs.stat({ path, follow: true });
      return type;
    } catch {
      // Whatever it is, the call itself will say so.
      return undefined;
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
