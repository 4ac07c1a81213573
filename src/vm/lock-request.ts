import { SHOULD_RETURN, VM_PROT } from '../wire/index.ts';
import { hold, unhold } from './hold.ts';
import type { Machine } from './machine.ts';
import { remove, residentPages } from './pages.ts';
import { upTo } from './range.ts';
import { giveBack, send } from './send.ts';
import type { LockRequest, MemoryObject, Resident } from './state.ts';
import type { Access, Page } from './types.ts';

/** Takes away what the request takes away, and waits until all tasks obey; a page in use delays it without limit (P8). */
export function startLockRequest(m: Machine, object: MemoryObject, request: LockRequest): void {
  if (!isValid(m, request)) return;
  const waits = hold(m, object, pagesOf(m, object, request), () => keeps(request));
  object.current = { what: { kind: 'lock', request }, waits };
}

/** Page by page: restrict, return, flush. */
export function finishLockRequest(m: Machine, object: MemoryObject, request: LockRequest): void {
  // What came meanwhile, zeros or a copy of the kernel's own, came after.
  const pages = pagesOf(m, object, request).filter(([, record]) => record.hold === 'operation');
  const returned = pages.filter(([, record]) => m.rules.returns(request, record));
  giveBack(m, object, returned, request.reqId, !request.shouldFlush);
  if (!request.shouldFlush && m.rules.cleans(request)) for (const [, record] of returned) record.dirty = false;
  for (const [page, record] of pages) {
    if (request.shouldFlush) remove(m, object, page);
    else restrict(m, object, page, record, request);
  }
  const { reqId, offset, length } = request;
  if (reqId !== 0) send(m, object, { kind: 'memory_object_lock_completed', reqId, offset, length });
}

function restrict(m: Machine, object: MemoryObject, page: Page, record: Resident, request: LockRequest): void {
  if (m.rules.setsLock(request)) {
    record.lock = request.lock;
    record.unlockAsked = 0;
  }
  if (request.gen !== 0) record.gen = request.gen;
  unhold(m, object, page, record);
}

/** While a page can be written to, nobody knows whether it is changed; so who asks for changed pages takes that away. */
function keeps({ lock, shouldReturn, shouldFlush }: LockRequest): Access {
  if (shouldFlush) return 0;
  const taken = lock === VM_PROT.NO_CHANGE ? 0 : lock;
  return VM_PROT.ALL & ~taken & ~(shouldReturn === SHOULD_RETURN.NONE ? 0 : VM_PROT.WRITE);
}

function pagesOf(m: Machine, object: MemoryObject, { offset, length }: LockRequest): [Page, Resident][] {
  const { pageBytes } = m.limits;
  return residentPages(object, offset / pageBytes, upTo(length, pageBytes) / pageBytes);
}

/** A length is rounded up to whole pages. */
function isValid(m: Machine, { offset, lock, shouldReturn }: LockRequest): boolean {
  return lock <= VM_PROT.NO_CHANGE && shouldReturn <= SHOULD_RETURN.ALL && offset % m.limits.pageBytes === 0;
}
