import { VM_PROT } from '../wire/index.ts';
import { accessOf, removeWaiter, serveCall } from './calls.ts';
import { copyTo, fetch, keepPromises, owes } from './copies.ts';
import { failAll, failOne } from './failures.ts';
import type { Machine } from './machine.ts';
import { hasRoom, install, isReturnable } from './pages.ts';
import { dequeue, enqueue } from './queue.ts';
import { allow, markDirty, requestPage, requestUnlock } from './send.ts';
import type { CopyWaiter, MemoryObject, Resident, Waiter } from './state.ts';
import type { Access, Page } from './types.ts';

/** Lets those who wait for the page go on, as far as they can. */
export function serve(m: Machine, object: MemoryObject, page: Page): void {
  const waiters = object.waiters.get(page);
  if (waiters === undefined || !m.rules.takesFaults(object)) return;
  const record = object.pages.get(page);
  if (record === undefined) return seek(m, object, page, waiters);
  if (record.state !== 'resident') {
    if (!m.rules.isOnItsWay(record)) seek(m, object, page, waiters);
    return;
  }
  if (m.rules.isOnHold(record)) return;
  for (const waiter of waiters) grant(m, object, page, record, waiter);
}

/** Pages for which there was no request left (P2). */
export function goOn(m: Machine, object: MemoryObject): void {
  while (object.backlog.first !== null && object.requests < m.rules.maxRequests) {
    const page = object.backlog.first;
    dequeue(object.backlog, page);
    if (!object.pages.has(page)) serve(m, object, page);
  }
}

function seek(m: Machine, object: MemoryObject, page: Page, waiters: ReadonlySet<Waiter>): void {
  const isPagers = !object.internal || object.stored.has(page);
  if (!isPagers) {
    // It would go before it is written to, and come again, and so on: it waits until there is room for what is written.
    if (object.congested && (accessOf(waiters) & VM_PROT.WRITE) !== 0 && !hasRoom(m, 1)) return;
    if (object.source === null) install(m, object, page, { data: null });
    else fetch(m, object, page);
  } else if (object.status === 'dead' || object.status === 'destroyed') failAll(m, object, page, 'KERN_MEMORY_ERROR');
  else if (object.requests >= m.rules.maxRequests) enqueue(object.backlog, page);
  else requestPage(m, object, page, accessOf(waiters));
}

function grant(m: Machine, object: MemoryObject, page: Page, record: Resident, waiter: Waiter): void {
  if ((waiter.access & record.lock) !== 0) {
    if (object.status !== 'ready') failOne(m, object, page, waiter, 'KERN_MEMORY_ERROR');
    else if (m.rules.asksToUnlock(record, waiter.access)) requestUnlock(m, object, page, record, waiter.access);
    return;
  }
  // Who only wants it to be writable changes nothing.
  if ((waiter.access & VM_PROT.WRITE) !== 0 && waiter.kind === 'call' && waiter.bytes > 0) {
    if (!hasRoom(m, becomeStuck(m, object, page, record))) {
      if (!object.congested) failOne(m, object, page, waiter, 'KERN_RESOURCE_SHORTAGE');
      return;
    }
    keepPromises(m, object, page);
    markDirty(m, object, page, record);
  }
  if (waiter.kind === 'copy') return grantCopy(m, object, page, waiter);
  allow(m, object, page, record, permitted(m, object, page, record));
  record.touched = true;
  serveCall(m, object, page, waiter);
}

function grantCopy(m: Machine, object: MemoryObject, page: Page, waiter: CopyWaiter): void {
  const copy = m.state.objects.get(waiter.object);
  if (copy !== undefined && !isReturnable(m, copy) && !hasRoom(m, 1))
    return failOne(m, object, page, waiter, 'KERN_RESOURCE_SHORTAGE');
  removeWaiter(object, page, waiter);
  if (copy !== undefined) copyTo(m, object, page, copy, waiter.page);
}

/** Pages that a write makes such that cannot go: the one written to, and those that get its old bytes. */
function becomeStuck(m: Machine, object: MemoryObject, page: Page, record: Resident): number {
  const copies = owes(m, object, page).filter((copy) => !isReturnable(m, copy)).length;
  return copies + (countsWrites(object) && !record.dirty && !isReturnable(m, object) ? 1 : 0);
}

/** All that the lock permits, at once: the next access needs no fault. But a write must be seen while it makes a difference. */
function permitted(m: Machine, object: MemoryObject, page: Page, record: Resident): Access {
  const makesDifference = owes(m, object, page).length > 0 || (countsWrites(object) && !record.dirty);
  return VM_PROT.ALL & ~record.lock & ~(makesDifference ? VM_PROT.WRITE : 0);
}

/** Its changed pages are no pager's yet, or its pager does not take them now. A dead one's go on being changed: there are no more of them. */
function countsWrites({ internal, congested }: MemoryObject): boolean {
  return internal || congested;
}
