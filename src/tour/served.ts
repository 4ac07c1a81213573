import type { Stub, System } from 'easync';
import { File, Listing, type Vfs } from 'easync/servers/vfs';

import type { OpenFile, Rest, Tree } from './tree.ts';

/** A tree read through a driver's ports. What the driver answers in place stays in place: no promise is made here. */
export function servedTree(system: System, files: Stub<typeof Vfs>): Tree {
  return {
    where: () => files.where(),
    readdir: (path) =>
      then(files.readdir({ path }), ({ entries, rest }) => ({
        entries,
        rest: rest === null ? null : restOf(system.bind(Listing, rest)),
      })),
    open: (path) => then(files.open({ path }), ({ file, size }) => openFile(system.bind(File, file), size)),
  };
}

function restOf(listing: Stub<typeof Listing>): Rest {
  return { next: () => listing.next(), [Symbol.dispose]: () => listing[Symbol.dispose]() };
}

function openFile(file: Stub<typeof File>, size: number): OpenFile {
  return {
    size,
    read: (offset, length) => file.read({ offset, length }),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function then<T, R>(value: T | Promise<T>, use: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
