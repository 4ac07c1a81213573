import { createReadStream, createWriteStream, type ReadStream, type WriteStream } from 'node:fs';

import type { FileHandle } from './handle.ts';

type Open = (path: unknown, flags: unknown, mode: unknown) => Promise<FileHandle>;
type Done = (error: unknown, ...results: unknown[]) => void;

/**
 * Node's own read stream, over a file of ours: it takes the calls it makes as an option. `from` is an open file, or opens
 * one at `path`.
 */
export function readStream(from: FileHandle | Open, path: unknown, options: unknown): ReadStream {
  return createReadStream((path ?? '') as string, overOurs(from, options));
}

/** Node's own write stream, likewise. */
export function writeStream(from: FileHandle | Open, path: unknown, options: unknown): WriteStream {
  return createWriteStream((path ?? '') as string, overOurs(from, options));
}

type StreamOptions = NonNullable<
  Exclude<Parameters<typeof createReadStream>[1] & Parameters<typeof createWriteStream>[1], string>
>;

function overOurs(from: FileHandle | Open, given: unknown): StreamOptions {
  const options = typeof given === 'string' ? { encoding: given } : (given as object | undefined);
  const own = typeof from === 'function' ? {} : { fd: from.fd };
  return { ...options, ...own, fs: callbacks(from) } as unknown as StreamOptions;
}

/** The calls a stream makes, for the one file it has. It opens before anything else. */
function callbacks(from: FileHandle | Open): Record<string, (...args: never[]) => void> {
  let opening = typeof from === 'function' ? undefined : Promise.resolve(from);
  const via = (done: Done, use: (file: FileHandle) => Promise<unknown[]>): void => {
    // At once on an open file: that it is closed shows as soon as it is, in its `fd`.
    const used =
      typeof from === 'function'
        ? Promise.resolve(opening).then((file) => (file === undefined ? [] : use(file)))
        : use(from);
    void used.then(
      (results) => done(null, ...results),
      (error: unknown) => done(error),
    );
  };
  return {
    open(path: unknown, flags: unknown, mode: unknown, done: Done) {
      opening = typeof from === 'function' ? from(path, flags, mode) : Promise.resolve(from);
      via(done, async ({ fd }) => [fd]);
    },
    read(_fd: number, into: Uint8Array, offset: number, length: number, position: unknown, done: Done) {
      via(done, async (file) => {
        const { bytesRead, buffer } = await file.read(into, offset, length, position);
        return [bytesRead, buffer];
      });
    },
    write(_fd: number, data: Uint8Array, offset: number, length: number, position: unknown, done: Done) {
      via(done, async (file) => {
        const { bytesWritten, buffer } = await file.write(data, offset, length, position);
        return [bytesWritten, buffer];
      });
    },
    fsync(_fd: number, done: Done) {
      via(done, async (file) => {
        await file.sync();
        return [];
      });
    },
    close(_fd: number, done: Done) {
      via(done, async (file) => {
        await file.close();
        return [];
      });
    },
  };
}
