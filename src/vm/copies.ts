import { VM_PROT } from '../wire/index.ts';
import { addWaiter, removeWaiter } from './calls.ts';
import { emit, type Machine, stirObject } from './machine.ts';
import { install } from './pages.ts';
import type { MemoryObject } from './state.ts';
import type { Page } from './types.ts';

/** The copy has not got this page: it takes it from its source, whoever that has to ask. */
export function fetch(m: Machine, copy: MemoryObject, page: Page): void {
  const source = sourceOf(m, copy);
  if (source === null || copy.source === null) return;
  copy.pages.set(page, { state: 'fetched' });
  addWaiter(m, source, copy.source.firstPage + page, { kind: 'copy', object: copy.id, page, access: VM_PROT.READ });
}

/** The page is here for a copy. It is the copy's own from now on, and counts as changed: no pager of the copy's has it. */
export function copyTo(m: Machine, object: MemoryObject, page: Page, copy: MemoryObject, toPage: Page): void {
  if (copy.source?.object !== object.id || copy.pages.get(toPage)?.state === 'resident') return;
  emit(m, { type: 'copy', from: object.id, fromPage: page, to: copy.id, toPage });
  install(m, copy, toPage, { data: undefined, dirty: true });
  if (copy.source.left === null) return;
  copy.source.left -= 1;
  if (copy.source.left === 0) detach(m, copy);
}

/** The bytes are about to change: they go first to those that were promised them (P17, DELAY). */
export function keepPromises(m: Machine, object: MemoryObject, page: Page): void {
  if (!m.rules.keepsPromises) return;
  for (const copy of owes(m, object, page)) copyTo(m, object, page, copy, page - (copy.source?.firstPage ?? 0));
}

/** The copies that were promised the page as it is, and have not got it. */
export function owes(m: Machine, object: MemoryObject, page: Page): MemoryObject[] {
  const owed: MemoryObject[] = [];
  for (const id of object.copies) {
    const copy = m.state.objects.get(id);
    if (copy?.source?.promised !== true) continue;
    const own = page - copy.source.firstPage;
    if (own < 0 || own >= copy.size / m.limits.pageBytes) continue;
    if (copy.pages.get(own)?.state !== 'resident' && !copy.stored.has(own)) owed.push(copy);
  }
  return owed;
}

/** The copy needs its source no more. */
export function detach(m: Machine, copy: MemoryObject): void {
  const source = sourceOf(m, copy);
  if (source === null || copy.source === null) return;
  const { firstPage } = copy.source;
  for (const [page, { state }] of copy.pages) {
    if (state !== 'fetched') continue;
    for (const waiter of source.waiters.get(firstPage + page) ?? [])
      if (waiter.kind === 'copy' && waiter.object === copy.id) removeWaiter(source, firstPage + page, waiter);
    copy.pages.delete(page);
  }
  source.copies.delete(copy.id);
  source.forming = source.forming.filter((id) => id !== copy.id);
  copy.source = null;
  stirObject(m, source);
}

function sourceOf(m: Machine, copy: MemoryObject): MemoryObject | null {
  return copy.source === null ? null : (m.state.objects.get(copy.source.object) ?? null);
}
