import type { State as MasterState } from '../../src/pager/state.ts';
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
  const copy = structuredClone(state);
  copy.gen = names.last('gen', 0, copy.gen);
  copy.nextId = names.last('pager', 0, copy.nextId - 1) + 1;
  copy.seq = names.last('seq', 0, copy.seq);
  for (const unit of copy.units.values()) {
    if (unit.owner !== null) unit.owner.since = names.gen(unit.owner.since);
    for (const copied of unit.copies) copied.since = names.gen(copied.since);
    for (const piece of [...unit.returned, ...unit.storing]) piece.seq = names.seq(piece.seq);
    unit.queue = unit.queue.map(names.pager);
    unit.reading = names.pager(unit.reading);
  }
  for (const request of copy.requests.values()) {
    request.id = names.pager(request.id);
    request.job = names.pager(request.job);
    request.gen = names.gen(request.gen);
    request.reqId = names.kernel(request.reqId, kernelOf(request.kernel));
  }
  for (const job of copy.jobs.values()) job.seq = names.seq(job.seq);
  for (const change of copy.changes.values()) change.job = names.pager(change.job);
  renameKeys(copy.requests, names);
  renameKeys(copy.locks, names);
  renameKeys(copy.reads, names);
  renameKeys(copy.writes, names);
  renameKeys(copy.jobs, names);
  renameKeys(copy.changes, names);
  return copy;
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
  const copy = structuredClone(state);
  const other = (id: number): number => (id === 0 ? 0 : idOf(1 - kernelOf(id), Math.floor(id / LIVES)));
  const kernels = [...copy.kernels];
  copy.kernels.clear();
  for (const [id, kernel] of kernels) copy.kernels.set(other(id), kernel);
  for (const unit of copy.units.values()) {
    for (const one of unit.copies) one.kernel = other(one.kernel);
    if (unit.owner !== null) unit.owner.kernel = other(unit.owner.kernel);
  }
  for (const map of [copy.requests, copy.locks, copy.changes])
    for (const one of map.values()) one.kernel = other(one.kernel);
  return copy;
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

function renameKeys<V>(map: Map<number, V>, names: Names): void {
  const entries = [...map];
  map.clear();
  for (const [id, value] of entries) map.set(names.pager(id), value);
}
