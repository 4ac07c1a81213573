import type { State as MasterState, Piece, Unit } from '../../src/pager/state.ts';
import type { State as VmState } from '../../src/vm/index.ts';
import type { Book, Item, Store } from './parts.ts';

/** New names for the numbers that a part of a state has, one function for each kind of number. 0 is nobody's and stays. */
export type Names = {
  /** Of grants. */
  gen: (id: number) => number;
  /** Of the pager's own requests, reads, writes and jobs. */
  pager: (id: number) => number;
  /** Of a kernel's requests; each kernel counts its own. */
  kernel: (id: number, kernel: number) => number;
  /** Of what was returned. */
  seq: (id: number) => number;
  /** The last number of each kind: `count` is how many there are. */
  last: (kind: 'gen' | 'pager' | 'kernel' | 'seq', kernel: number, last: number) => number;
};

export function renameVm(state: VmState, kernel: number, names: Names): VmState {
  const copy = structuredClone(state);
  for (const object of copy.objects.values()) {
    object.lastReqId = names.last('kernel', kernel, object.lastReqId);
    for (const [page, record] of object.pages) {
      if (record.state === 'requested')
        object.pages.set(page, { ...record, reqId: names.kernel(record.reqId, kernel) });
      else if (record.state === 'resident') record.gen = names.gen(record.gen);
    }
    object.queue = object.queue.map((queued) =>
      queued.kind === 'message' ? { ...queued, message: renameMessage(queued.message, kernel, names) } : queued,
    );
    object.changes = object.changes.map(names.pager);
    const { current } = object;
    if (current?.what.kind !== 'lock') continue;
    const request = renameMessage(current.what.request, kernel, names);
    object.current = { ...current, what: { kind: 'lock', request } };
  }
  return copy;
}

export function renameMaster(state: MasterState, names: Names): MasterState {
  const { gen, pager } = names;
  return {
    ...state,
    gen: names.last('gen', 0, state.gen),
    nextId: names.last('pager', 0, state.nextId - 1) + 1,
    seq: names.last('seq', 0, state.seq),
    units: mapped(
      state.units,
      (id) => id,
      (unit) => renameUnit(unit, names),
    ),
    requests: mapped(state.requests, pager, (request) => ({
      ...request,
      id: pager(request.id),
      job: pager(request.job),
      gen: gen(request.gen),
      reqId: names.kernel(request.reqId, kernelOf(request.kernel)),
    })),
    locks: mapped(state.locks, pager, (lock) => lock),
    reads: mapped(state.reads, pager, (read) => read),
    writes: mapped(state.writes, pager, (write) => write),
    jobs: mapped(state.jobs, pager, (job) => ({ ...job, seq: names.seq(job.seq) })),
    changes: mapped(state.changes, pager, (change) => ({ ...change, job: pager(change.job) })),
  };
}

function renameUnit(unit: Unit, { gen, pager, seq }: Names): Unit {
  const renamed = (piece: Piece): Piece => ({ ...piece, seq: seq(piece.seq) });
  return {
    ...unit,
    owner: unit.owner === null ? null : { ...unit.owner, since: gen(unit.owner.since) },
    copies: unit.copies.map((copied) => ({ ...copied, since: gen(copied.since) })),
    queue: unit.queue.map(pager),
    reading: pager(unit.reading),
    returned: unit.returned.map(renamed),
    storing: unit.storing.map(renamed),
  };
}

export function renameItem({ life, message }: Item, kernel: number, names: Names): Item {
  return { life, message: message === null ? null : renameMessage(message, kernel, names) };
}

export function renameStore(store: Store, names: Names): Store {
  return {
    versions: store.versions,
    reads: store.reads.map((read) => ({ ...read, id: names.pager(read.id) })),
    writes: store.writes.map((write) => ({ ...write, id: names.pager(write.id) })),
    flushes: store.flushes.map(names.pager),
  };
}

export function renameBook(book: Book, names: Names): Book {
  return { ...book, jobs: book.jobs.map((job) => ({ ...job, id: names.pager(job.id) })) };
}

/** The same with two kernels in each other's place. */
export function swapKernels(state: MasterState): MasterState {
  const other = (id: number): number => (id === 0 ? 0 : idOf(1 - kernelOf(id), Math.floor(id / LIVES)));
  const swapped = <T extends { kernel: number }>(one: T): T => ({ ...one, kernel: other(one.kernel) });
  const same = (id: number): number => id;
  return {
    ...state,
    kernels: mapped(state.kernels, other, (kernel) => kernel),
    units: mapped(state.units, same, (unit) => ({
      ...unit,
      owner: unit.owner === null ? null : swapped(unit.owner),
      copies: unit.copies.map(swapped),
    })),
    requests: mapped(state.requests, same, swapped),
    locks: mapped(state.locks, same, swapped),
    changes: mapped(state.changes, same, swapped),
  };
}

/** Whose requests they are is in a life's number. */
export function kernelOf(id: number): number {
  return id % LIVES;
}

/** A kernel's life, as the pager's library numbers them. */
export function idOf(kernel: number, life: number): number {
  return life * LIVES + kernel;
}

const LIVES = 10;

function renameMessage<M extends { readonly kind: string }>(message: M, kernel: number, names: Names): M {
  const copy: { -readonly [name in keyof M]: M[name] } & { reqId?: number; answers?: number; gen?: number } = {
    ...message,
  };
  if (copy.reqId !== undefined) {
    copy.reqId = OF_KERNELS.has(message.kind) ? names.kernel(copy.reqId, kernel) : names.pager(copy.reqId);
  }
  if (copy.answers !== undefined) copy.answers = names.kernel(copy.answers, kernel);
  if (copy.gen !== undefined) copy.gen = names.gen(copy.gen);
  return copy;
}

/** Those whose `reqId` a kernel has given; that of all others is the pager's. */
const OF_KERNELS: ReadonlySet<string> = new Set([
  'memory_object_data_request',
  'memory_object_data_unlock',
  'memory_object_data_supply',
  'memory_object_data_unavailable',
  'memory_object_data_error',
]);

function mapped<V>(map: Map<number, V>, key: (id: number) => number, value: (value: V) => V): Map<number, V> {
  return new Map([...map].map(([id, one]) => [key(id), value(one)]));
}
