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

/** The calls a stream makes, for the one file it has. */
function callbacks(from: FileHandle | Open): Record<string, (...args: never[]) => void> {
  let handle = typeof from === 'function' ? undefined : from;
  const file = async (): Promise<FileHandle> => {
    if (handle === undefined) throw new Error('a stream reads and writes after it has opened its file');
    return handle;
  };
  return {
    open(path: unknown, flags: unknown, mode: unknown, done: Done) {
      const opening = typeof from === 'function' ? from(path, flags, mode) : file();
      settle(
        opening.then((opened) => {
          handle = opened;
          return [opened.fd];
        }),
        done,
      );
    },
    read(_fd: number, into: Uint8Array, offset: number, length: number, position: unknown, done: Done) {
      const reading = file().then((opened) => opened.read(into, offset, length, position ?? null));
      settle(
        reading.then(({ bytesRead, buffer }) => [bytesRead, buffer]),
        done,
      );
    },
    write(_fd: number, data: Uint8Array, offset: number, length: number, position: unknown, done: Done) {
      const writing = file().then((opened) => opened.write(data, offset, length, position ?? null));
      settle(
        writing.then(({ bytesWritten, buffer }) => [bytesWritten, buffer]),
        done,
      );
    },
    fsync(_fd: number, done: Done) {
      settle(
        file().then(async (opened) => {
          await opened.sync();
          return [];
        }),
        done,
      );
    },
    close(_fd: number, done: Done = () => undefined) {
      settle(
        file().then(async (opened) => {
          await opened.close();
          return [];
        }),
        done,
      );
    },
  };
}

function settle(work: Promise<readonly unknown[]>, done: Done): void {
  void work.then(
    (results) => done(null, ...results),
    (error: unknown) => done(error),
  );
}
