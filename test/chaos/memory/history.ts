/** What a record held: `task.count` of its write, '' if nobody had written, '?' if nobody can have written that there. */
export type Value = string;

/** Anything that a task does, as it saw it (fixtures/access-log.js). Times are nanoseconds of the machine's one clock. */
export type Logged = {
  op: number;
  kind: string;
  /** Which of the pagers, one after the other, gave the object; undefined: that is not known yet. */
  life?: number;
  begin: number;
  /** Without it it never ended. */
  end?: number;
  code?: 0 | string;
};

export type Access = Logged & {
  kind: 'map' | 'unmap' | 'sync' | 'read' | 'write' | 'closed';
  /** Records that it writes. */
  writes?: readonly (readonly [place: number, value: Value])[];
  /** Records that it has read: several values are one that was torn. */
  reads?: readonly (readonly [place: number, ...values: Value[]])[];
};

export type TaskRecord<A extends Logged = Access> = {
  task: number;
  /** Which life of which broker it was attached to: it ends with it. */
  broker: string;
  killed: boolean;
  accesses: readonly A[];
};

/** A kill -9: `from` it was sent, `to` the process had gone. */
export type Death = { what: 'broker' | 'pager' | 'task'; who: string | number; from: number; to: number };

export type History<A extends Logged = Access> = { tasks: readonly TaskRecord<A>[]; deaths: readonly Death[] };

/** Four records, which come and go together. */
export function pageOf(place: number): number {
  return Math.floor(place / 4);
}
