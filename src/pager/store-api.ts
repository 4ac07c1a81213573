/** What a pager's author writes for one memory object. Offsets and lengths are bytes of the object. */
export type Store = {
  /**
   * Bytes of the object; it may change. A page beyond gives an error to who needs it; in the last page what lies beyond is zeros, and
   * not written.
   */
  readonly size: number;
  /**
   * The bytes of this range: the first `length` of what is answered; the rest, if it is less, is zeros. null: there is nothing, which is
   * zeros, too, but costs less. Several may be running, never two for the same bytes, and none beside a write of them.
   */
  read(offset: number, length: number): Uint8Array | null | Promise<Uint8Array | null>;
  /**
   * Stores these bytes, which are yours. Without it the object is read-only. Several may be running, for different bytes; of the same
   * the next one waits. One that throws is tried again with the next `sync`, and the bytes are kept until then.
   */
  write?(offset: number, bytes: Uint8Array): void | Promise<void>;
  /** What was written before shall last: called at the end of each `sync`. */
  flush?(): void | Promise<void>;
  /** Nobody has the object any more. */
  close?(): void | Promise<void>;
  /** A read or write threw. Default: a warning. */
  onError?(error: unknown, about: { op: 'read' | 'write'; offset: number; length: number }): void;
  /** A broker died while it could write here: the contents are those it returned last. Default: a warning. */
  onInvalid?(offset: number, length: number): void;
  /** Bytes that are kept coherent as one. A broker's page size is a multiple, or a whole part, of it. Default: 4096. */
  readonly pageSize?: number;
  /** Whether a broker keeps the pages when nobody maps the object any more. Default: of an object with a name. */
  readonly mayCache?: boolean;
  /** How many bytes are read ahead for who reads in order, at the most. Default: 128 KiB. */
  readonly readAhead?: number;
  /** How the object's futexes are lent to brokers. */
  readonly futexes?: FutexPolicy;
};

export type FutexPolicy = {
  /** A broker gives a futex back after each use, and asks for it anew the next time. Default: it keeps it until another wants it. */
  readonly recallAtOnce?: boolean;
  /**
   * Milliseconds that a broker has to give a futex back once another wants it. Then it is taken away: who had it locked is told `EFENCED`,
   * and the next one `EOWNERDEAD`. Default: it has as long as it takes.
   */
  readonly budgetMs?: number;
};
