import { COPY_STRATEGY, VM_PROT } from '../wire/index.ts';
import { emit, type Machine } from './machine.ts';
import { list } from './pages.ts';
import type { MemoryObject, Resident } from './state.ts';
import type { Access, Page, ToPager } from './types.ts';

export function send(m: Machine, object: MemoryObject, message: ToPager): void {
  emit(m, { type: 'send', object: object.id, message });
}

/** Asks for one page, as gnumach does always. */
export function requestPage(m: Machine, object: MemoryObject, page: Page, access: Access): void {
  const reqId = nextReqId(object);
  object.pages.set(page, { state: 'requested', reqId });
  object.requests += 1;
  const { pageBytes } = m.limits;
  const offset = page * pageBytes;
  send(m, object, { kind: 'memory_object_data_request', reqId, offset, length: pageBytes, access });
}

export function requestUnlock(m: Machine, object: MemoryObject, page: Page, record: Resident, access: Access): void {
  record.unlockAsked |= access;
  const { pageBytes } = m.limits;
  send(m, object, {
    kind: 'memory_object_data_unlock',
    reqId: nextReqId(object),
    offset: page * pageBytes,
    length: pageBytes,
    access: record.unlockAsked,
    gen: record.gen,
  });
}

/** The pages, by rising number, go back in runs of one kind (P10). A kernel's own object gets a pager first, if it has none. */
export function giveBack(
  m: Machine,
  object: MemoryObject,
  pages: readonly [Page, Resident][],
  reqId: number,
  kernelCopy: boolean,
): void {
  if (pages.length > 0 && object.status === 'internal') create(m, object);
  let run: [Page, Resident][] = [];
  for (const entry of pages) {
    if (!continues(m, object, run, entry)) {
      sendRun(m, object, run, reqId, kernelCopy);
      run = [];
    }
    run.push(entry);
  }
  sendRun(m, object, run, reqId, kernelCopy);
}

/** The default pager backs it from now on; it need not say that it is ready. */
function create(m: Machine, object: MemoryObject): void {
  emit(m, { type: 'make', object: object.id });
  send(m, object, { kind: 'memory_object_create', size: object.size, pageSize: m.limits.pageBytes });
  object.status = 'ready';
  object.copyStrategy = COPY_STRATEGY.DELAY;
}

function continues(
  m: Machine,
  object: MemoryObject,
  run: readonly [Page, Resident][],
  [page, record]: [Page, Resident],
): boolean {
  const last = run.at(-1);
  if (last === undefined) return true;
  return (
    run.length < m.rules.maxRun &&
    page === last[0] + 1 &&
    record.dirty === last[1].dirty &&
    record.gen === last[1].gen &&
    isFirst(object, page) === isFirst(object, last[0])
  );
}

function sendRun(
  m: Machine,
  object: MemoryObject,
  run: readonly [Page, Resident][],
  reqId: number,
  kernelCopy: boolean,
): void {
  const [first] = run;
  if (first === undefined) return;
  const [page, { dirty, gen }] = first;
  const offset = page * m.limits.pageBytes;
  const length = run.length * m.limits.pageBytes;
  if (isFirst(object, page)) send(m, object, { kind: 'memory_object_data_initialize', offset, length });
  else send(m, object, { kind: 'memory_object_data_return', reqId, offset, length, dirty, kernelCopy, gen });
  if (object.internal) for (const [stored] of run) object.stored.add(stored);
}

/** A default pager gets the first contents of a page in a message of its own. */
function isFirst(object: MemoryObject, page: Page): boolean {
  return object.internal && !object.stored.has(page);
}

function nextReqId(object: MemoryObject): number {
  object.lastReqId += 1;
  return object.lastReqId;
}

/** The page's word permits this, besides what it did. */
export function allow(m: Machine, object: MemoryObject, page: Page, record: Resident, access: Access): void {
  const wider = record.allowed | (access & VM_PROT.ALL);
  if (wider === record.allowed) return;
  record.allowed = wider;
  emit(m, { type: 'allow', object: object.id, page, access: wider });
}

/** It has been written to, or is about to be. */
export function markDirty(m: Machine, object: MemoryObject, page: Page, record: Resident): void {
  if (record.dirty) return;
  record.dirty = true;
  list(m, object, page, record);
}
