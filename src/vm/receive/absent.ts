import { fetch } from '../copies.ts';
import { failAll } from '../failures.ts';
import type { Machine } from '../machine.ts';
import { install, pagesIn, remove } from '../pages.ts';
import type { MemoryObject } from '../state.ts';
import type { FromPager, Page } from '../types.ts';

type DataUnavailable = Extract<FromPager, { kind: 'memory_object_data_unavailable' }>;
type DataError = Extract<FromPager, { kind: 'memory_object_data_error' }>;

/** Zeros, without a lock; or what the object was copied from has (P5). */
export function dataUnavailable(m: Machine, object: MemoryObject, message: DataUnavailable): void {
  for (const page of answered(m, object, message)) {
    if (object.source === null) install(m, object, page, { data: null });
    else {
      remove(m, object, page);
      fetch(m, object, page);
    }
  }
}

/** Who waits now is told; the next fault asks again (P5). */
export function dataError(m: Machine, object: MemoryObject, message: DataError): void {
  for (const page of answered(m, object, message)) {
    failAll(m, object, page, 'KERN_MEMORY_ERROR');
    remove(m, object, page);
  }
}

/** The pages of the range that this answers; it does nothing to others. */
function answered(
  m: Machine,
  object: MemoryObject,
  { reqId, offset, length }: DataUnavailable | DataError,
): readonly Page[] {
  const { pageBytes } = m.limits;
  if (offset % pageBytes !== 0 || length % pageBytes !== 0) return [];
  return pagesIn(object, offset / pageBytes, length / pageBytes).filter((page) => {
    const record = object.pages.get(page);
    return record !== undefined && m.rules.answersPage(record, reqId);
  });
}
