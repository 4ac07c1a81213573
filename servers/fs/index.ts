/**
 * `fs(vfs)`: a client shaped like `node:fs/promises` over any `Vfs`. `/x` is the file `x` of its root, and a relative path
 * starts there too. Every method returns a promise, also when it is called wrongly; they need no `this`.
 *
 * Errors are Node's. Of a server that has gone, calls about a path reject with EIO, calls on an open file with ESTALE; the
 * `IpcError` is the `cause`. What differs from Node is in docs/files.md.
 */
import { constants, type createReadStream, type createWriteStream } from 'node:fs';
import type * as promises from 'node:fs/promises';

import { mkdir, mkdtemp, readdir } from './directories.ts';
import { flagsOf } from './flags.ts';
import { FileHandle as OpenFileHandle } from './handle.ts';
import { pathMethods } from './paths.ts';
import { Server, type VfsStub } from './server.ts';
import { readStream, writeStream } from './streams.ts';
import { targetOf } from './target.ts';
import { copyFile, readFile, truncate, writeFile } from './whole-files.ts';

/** The methods whose types are Node's own. */
type Same =
  | 'access'
  | 'appendFile'
  | 'chmod'
  | 'constants'
  | 'copyFile'
  | 'lstat'
  | 'lutimes'
  | 'mkdir'
  | 'mkdtemp'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimes'
  | 'writeFile';

/** As Node's, less what a server cannot do (`chown`) and web streams. */
export type FileHandle = Omit<promises.FileHandle, 'chown' | 'readableWebStream'>;

export type FsClient = Pick<typeof promises, Same> & {
  open(...args: Parameters<typeof promises.open>): Promise<FileHandle>;
  createReadStream: typeof createReadStream;
  createWriteStream: typeof createWriteStream;
  /** Itself, for libraries that take all of `node:fs` and look for this. */
  readonly promises: FsClient;
};

export type FsOptions = {
  /**
   * Default: true. `writeFile` of whole data puts a new file in the place of the old one (`rename`), so that a reader, or
   * whoever comes after a server that was killed, finds either of them whole. With false it writes in place, as Node does.
   */
  atomic?: boolean;
};

/** The stub stays the caller's: the client is good for as long as it. */
export function fs(vfs: VfsStub, { atomic = true }: FsOptions = {}): FsClient {
  const server = new Server(vfs);
  let fds = FIRST_FD;

  const open = async (path: unknown, flags?: unknown, mode?: unknown): Promise<OpenFileHandle> => {
    const checked = flagsOf(flags, mode);
    const { file } = await server.open(targetOf(path), checked.how);
    return new OpenFileHandle(fds++, file, checked);
  };

  const client = {
    open,
    readFile: async (path: unknown, options?: unknown) => readFile(server, path, options),
    writeFile: async (path: unknown, data: unknown, options?: unknown) =>
      writeFile(server, open, path, data, options, { atomic }),
    appendFile: async (path: unknown, data: unknown, options?: unknown) =>
      writeFile(server, open, path, data, options, { fallback: 'a' }),
    copyFile: async (src: unknown, dest: unknown, mode?: unknown) => copyFile(server, src, dest, mode),
    truncate: async (path: unknown, length?: unknown) => truncate(server, path, length),
    readdir: async (path: unknown, options?: unknown) => readdir(server, path, options),
    mkdir: async (path: unknown, options?: unknown) => mkdir(server, path, options),
    mkdtemp: async (prefix: unknown, options?: unknown) => mkdtemp(server, prefix, options),
    ...pathMethods(server),
    createReadStream: (path: unknown, options?: unknown) => readStream(open, path, options),
    createWriteStream: (path: unknown, options?: unknown) => writeStream(open, path, options),
    constants,
  };
  // Arguments are checked as they come, so the methods take anything; the types that callers see are Node's.
  const typed = client as unknown as FsClient;
  return Object.assign(typed, { promises: typed });
}

/** Below are those of a process's standard streams, which programs treat as such. */
const FIRST_FD = 3;
