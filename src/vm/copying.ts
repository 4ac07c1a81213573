import { COPY_STRATEGY, VM_PROT } from '../wire/index.ts';
import { callOf, endCall, failCopy, waitFor } from './calls.ts';
import { hold, unhold } from './hold.ts';
import { emit, type Machine, stirObject, stirPage } from './machine.ts';
import { residentPages } from './pages.ts';
import { newObject } from './new-state.ts';
import type { MemoryObject, Resident } from './state.ts';
import type { ObjectId, Page } from './types.ts';

/** The object that a copy of these bytes will be. It is made when the source's pager has said how (P17). */
export function beginCopy(m: Machine, source: MemoryObject, offset: number, size: number): MemoryObject {
  const copy = newObject(m.state, 'forming', true, size);
  copy.source = { object: source.id, firstPage: offset / m.limits.pageBytes, promised: false, left: null };
  source.copies.add(copy.id);
  if (isUndecided(source)) source.forming.push(copy.id);
  else source.queue.push({ kind: 'copy', copy: copy.id });
  stirObject(m, source);
  return copy;
}

/** Bytes that are copied now need no preparation; all others must first be such that no task changes them unseen. */
export function startCopy(m: Machine, source: MemoryObject, id: ObjectId): void {
  const copy = m.state.objects.get(id);
  if (copy === undefined) return;
  if (source.status === 'dead' || source.status === 'destroyed') return failCopy(m, id, 'KERN_MEMORY_ERROR');
  if (strategyOf(source) === COPY_STRATEGY.NONE) return copyNow(m, copy);
  holdFor(m, source, copy);
}

export function finishCopy(m: Machine, source: MemoryObject, id: ObjectId): void {
  const copy = m.state.objects.get(id);
  if (copy !== undefined && copy.source !== null) {
    // A page that came meanwhile, zeros or a copy of the kernel's own, may have been written to since.
    if (pagesOf(m, source, copy).some(([, record]) => isWritable(record))) return holdFor(m, source, copy);
    if (strategyOf(source) === COPY_STRATEGY.CALL) tellPager(m, source, copy);
    else {
      copy.source.promised = true;
      decide(m, copy);
    }
    const call = callOf(m, id);
    if (call !== undefined) endCall(m, call, 0);
  }
  for (const [page, record] of residentPages(source, 0, Infinity)) {
    if (record.hold === 'operation') unhold(m, source, page, record);
  }
}

function holdFor(m: Machine, source: MemoryObject, copy: MemoryObject): void {
  const waits = hold(m, source, pagesOf(m, source, copy), () => VM_PROT.ALL & ~VM_PROT.WRITE);
  source.current = { what: { kind: 'copy', copy: copy.id }, waits };
}

function isWritable({ allowed }: Resident): boolean {
  return (allowed & VM_PROT.WRITE) !== 0;
}

/** Who copies a copy waits for it to be made. */
function isUndecided({ status }: MemoryObject): boolean {
  return status === 'new' || status === 'starting' || status === 'terminating' || status === 'forming';
}

function copyNow(m: Machine, copy: MemoryObject): void {
  const call = callOf(m, copy.id);
  const count = copy.size / m.limits.pageBytes;
  if (call === undefined || copy.source === null) return;
  if (count > m.limits.cachePages) return failCopy(m, copy.id, 'KERN_RESOURCE_SHORTAGE');
  copy.source.left = count;
  decide(m, copy);
  for (let page = 0; page < count; page += 1) waitFor(m, call, copy, { page, at: 0, bytes: 0, bufferAt: 0 });
}

/** Its pager sees to it that the copy keeps the old bytes: so no write happens here that it has not heard of. */
function tellPager(m: Machine, source: MemoryObject, copy: MemoryObject): void {
  for (const [, record] of pagesOf(m, source, copy)) record.lock |= VM_PROT.WRITE;
  emit(m, { type: 'make', object: copy.id });
  const offset = (copy.source?.firstPage ?? 0) * m.limits.pageBytes;
  const message = { kind: 'memory_object_copy', offset, length: copy.size } as const;
  emit(m, { type: 'send', object: source.id, message, to: copy.id });
  copy.internal = false;
  copy.status = 'new';
  stirObject(m, copy);
}

/** It is an object of the kernel's own now. */
function decide(m: Machine, copy: MemoryObject): void {
  copy.status = 'internal';
  for (const page of copy.waiters.keys()) stirPage(m, copy, page);
  for (const other of copy.forming) copy.queue.push({ kind: 'copy', copy: other });
  copy.forming = [];
  stirObject(m, copy);
}

function strategyOf(source: MemoryObject): number {
  return source.internal ? COPY_STRATEGY.DELAY : source.copyStrategy;
}

function pagesOf(m: Machine, source: MemoryObject, copy: MemoryObject): [Page, Resident][] {
  return residentPages(source, copy.source?.firstPage ?? 0, copy.size / m.limits.pageBytes);
}
