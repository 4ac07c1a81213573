import type { Entry, Path, Where } from 'easync/servers/vfs';

/** A value now, or later: what completes in place is not awaited. */
export type Maybe<T> = T | Promise<T>;

/** A directory tree as the tour reads it, whoever does the work. Every function call here is one call of the report. */
export interface Tree {
  where(): Maybe<Where>;
  readdir(path: Path): Maybe<{ entries: Entry[]; rest: Rest | null }>;
  open(path: Path): Maybe<OpenFile>;
}

/** The rest of a long directory: entries until none come. Disposing closes it. */
export interface Rest extends Disposable {
  next(): Maybe<Entry[]>;
}

/** Disposing closes the file. */
export interface OpenFile extends Disposable {
  /** When opened. */
  readonly size: number;
  /** Fewer bytes than `length` come only at the end. The bytes are the caller's. */
  read(offset: number, length: number): Maybe<Uint8Array>;
}
