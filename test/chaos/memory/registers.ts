import { type Access, type History, pageOf, type TaskRecord, type Value } from './history.ts';
import type { Placed } from './reverts.ts';

export type Write = Placed & {
  task: number;
  life: number;
  place: number;
  /** It was answered with an error, and was of one page: nobody may ever see it. */
  isRefused: boolean;
};
export type Read = Placed & { life: number; place: number };

/** That a broker had a page, because a task of its read or wrote it, or (no page) that all was synced. */
export type Visit = { page: number | null; life: number; broker: string; begin: number; end: number };

export type Registers = { writes: Map<Value, Write>; reads: Read[]; visits: Visit[]; torn: number; faults: string[] };

/** All that was written and read, record by record. */
export function registersIn({ tasks, deaths }: History): Registers {
  const found: Registers = { writes: new Map(), reads: [], visits: [], torn: 0, faults: [] };
  const all = tasks.flatMap((record) => {
    const died = deaths.find(({ what, who }) => what === 'broker' && who === record.broker)?.from ?? Infinity;
    return record.accesses.map((access) => ({ record, access, died }));
  });
  for (const { record, access, died } of all) writesIn(found, record, access, died);
  for (const { record, access, died } of all) {
    // What was read when the broker was dead is nobody's word; the task hears of it when it looks.
    if (access.code === 0 && access.end !== undefined && access.end < died) readsIn(found, record, access, access.end);
  }
  return found;
}

function writesIn({ writes, visits }: Registers, record: TaskRecord, access: Access, died: number): void {
  const { begin, end = Infinity, code, life = 0, writes: written = [] } = access;
  const { task, broker } = record;
  const isDone = code === 0 && end < died;
  const isRefused = REFUSALS.has(code) && new Set(written.map(([place]) => pageOf(place))).size === 1;
  for (const [place, value] of written) {
    const by = `task ${task} on ${broker} wrote`;
    writes.set(value, { value, begin, end: isDone ? end : Infinity, by, broker, task, life, place, isRefused });
    if (isDone) visits.push({ page: pageOf(place), life, broker, begin, end });
  }
}

function readsIn(found: Registers, { task, broker }: TaskRecord, access: Access, end: number): void {
  const { begin, kind, life = 0, reads = [] } = access;
  if (kind === 'sync') found.visits.push({ page: null, life, broker, begin, end });
  for (const page of new Set(reads.map(([place]) => pageOf(place))))
    found.visits.push({ page, life, broker, begin, end });
  for (const [place, ...values] of reads) {
    const read = { begin, end, by: `task ${task} on ${broker} read`, broker, life, place };
    const value = values.length === 1 ? values[0] : half(found, values, read);
    const write = value === undefined ? undefined : found.writes.get(value);
    const text = `task ${task} on ${broker} read ${values.map((each) => `'${each}'`).join(', ')} at record ${place}`;
    if (value === undefined) found.faults.push(`torn: ${text}`);
    else if (value !== '' && write?.place !== place) found.faults.push(`from nowhere: ${text}`);
    else if (write?.isRefused === true) found.faults.push(`refused, and seen: ${text}`);
    else found.reads.push({ ...read, value });
  }
}

/**
 * Tasks of one broker share the very memory, as threads do: who reads while another writes may see half of it, and so may all when the
 * writer was killed in the middle. Then the write has begun to be there. Otherwise pages come and go as a whole.
 */
function half(found: Registers, values: readonly Value[], read: Omit<Read, 'value'>): Value | undefined {
  const underWay = values
    .flatMap((value) => found.writes.get(value) ?? [])
    .filter((write) => write.end > read.begin && write.begin < read.end)
    .filter((write) => write.broker === read.broker || write.end === Infinity)
    .toSorted((a, b) => b.begin - a.begin);
  if (underWay.length > 0) found.torn += 1;
  return underWay[0]?.value;
}

const REFUSALS = new Set<unknown>(['KERN_ABORTED', 'KERN_MEMORY_ERROR']);
