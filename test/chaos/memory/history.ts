/** What a record held: `task.count` of its write, '' if nobody had written, '?' if nobody can have written that there. */
export type Value = string;

/** One access of a task, as it saw it (fixtures/access-log.js). Times are nanoseconds of the machine's one clock. */
export type Access = {
  op: number;
  kind: 'map' | 'unmap' | 'sync' | 'read' | 'write' | 'closed';
  /** Which of the pagers, one after the other, gave the object; undefined: that is not known yet. */
  life?: number;
  begin: number;
  /** Without it the access never ended. */
  end?: number;
  code?: 0 | string;
  /** Records that it writes. */
  writes?: readonly (readonly [place: number, value: Value])[];
  /** Records that it has read: several values are one that was torn. */
  reads?: readonly (readonly [place: number, ...values: Value[]])[];
};

export type TaskRecord = {
  task: number;
  /** Which life of which broker it was attached to: it ends with it. */
  broker: string;
  killed: boolean;
  accesses: readonly Access[];
};

/** A kill -9: `from` it was sent, `to` the process had gone. */
export type Death = { what: 'broker' | 'pager'; who: string | number; from: number; to: number };

export type History = { tasks: readonly TaskRecord[]; deaths: readonly Death[] };

/** Four records, which come and go together. */
export function pageOf(place: number): number {
  return Math.floor(place / 4);
}
