import { emit, type Machine, stirPage } from './machine.ts';
import { list, unlist } from './pages.ts';
import type { MemoryObject, Resident } from './state.ts';
import type { Access, Page } from './types.ts';

/**
 * Puts pages on hold, so that nobody faults on them, and takes from their words what `keeps` does not keep. Answers those that have
 * to be waited for: until no task is in the middle of an access to them, or until they are gone, if they are being evicted.
 */
export function hold(
  m: Machine,
  object: MemoryObject,
  pages: readonly [Page, Resident][],
  keeps: (record: Resident) => Access,
): Set<Page> {
  const waits = new Set<Page>();
  for (const [page, record] of pages) {
    if (record.hold === null) {
      record.hold = 'operation';
      unlist(m, object, page);
      narrow(m, object, page, record, record.allowed & keeps(record));
    }
    if (record.revoking) waits.add(page);
  }
  return waits;
}

/** Takes accesses away. `revoking` until the host has seen to it. */
export function narrow(m: Machine, object: MemoryObject, page: Page, record: Resident, access: Access): void {
  if (access === record.allowed) return;
  record.allowed = access;
  record.revoking = true;
  emit(m, { type: 'revoke', object: object.id, page, access });
}

/** Faults on it go on. */
export function unhold(m: Machine, object: MemoryObject, page: Page, record: Resident): void {
  record.hold = null;
  list(m, object, page, record);
  stirPage(m, object, page);
}
