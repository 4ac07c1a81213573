import { emit, keyOf, type Machine, stirObject, stirPage } from './machine.ts';
import { dequeue, enqueue } from './queue.ts';
import type { MemoryObject, Resident } from './state.ts';
import type { Access, Page } from './types.ts';

/** The page is in memory from now on: it came from a pager (data), or is made of zeros (null), or is copied there (undefined). */
export function install(
  m: Machine,
  object: MemoryObject,
  page: Page,
  what: { data: Uint8Array | null | undefined; lock?: Access; precious?: boolean; gen?: number; dirty?: boolean },
): Resident {
  if (object.pages.get(page)?.state === 'requested') answered(m, object);
  const record: Resident = {
    state: 'resident',
    lock: what.lock ?? 0,
    precious: what.precious ?? false,
    dirty: what.dirty ?? false,
    gen: what.gen ?? 0,
    unlockAsked: 0,
    allowed: 0,
    hold: null,
    revoking: false,
    touched: false,
  };
  object.pages.set(page, record);
  m.state.cache.resident += 1;
  if (what.data !== undefined) emit(m, { type: 'install', object: object.id, page, data: what.data });
  list(m, object, page, record);
  stirPage(m, object, page);
  return record;
}

/** The page is not in memory any more, or not asked for. */
export function remove(m: Machine, object: MemoryObject, page: Page): void {
  if (object.pages.get(page)?.state === 'resident') emit(m, { type: 'discard', object: object.id, page });
  drop(m, object, page);
}

/** The same, where the memory goes as a whole. */
export function drop(m: Machine, object: MemoryObject, page: Page): void {
  const record = object.pages.get(page);
  object.pages.delete(page);
  if (record?.state === 'requested') answered(m, object);
  if (record?.state === 'resident') {
    unlist(m, object, page);
    m.state.cache.resident -= 1;
    if (record.hold === 'eviction') m.state.cache.leaving -= 1;
  }
  stirPage(m, object, page);
  stirObject(m, object);
}

/** Puts the page among those that can go, as it is now. */
export function list(m: Machine, object: MemoryObject, page: Page, record: Resident): void {
  const { clean, dirty, stuck } = m.state.cache;
  const key = keyOf(m, object.id, page);
  const wanted =
    record.hold !== null ? null : !record.dirty && !record.precious ? clean : isReturnable(m, object) ? dirty : stuck;
  for (const queue of [clean, dirty, stuck]) if (queue !== wanted) dequeue(queue, key);
  if (wanted !== null) enqueue(wanted, key);
}

/** Whether changed pages of the object can go has changed. */
export function listAgain(m: Machine, object: MemoryObject): void {
  for (const [page, record] of object.pages) if (record.state === 'resident') list(m, object, page, record);
  for (const page of object.waiters.keys()) stirPage(m, object, page);
  stirObject(m, object);
}

export function unlist(m: Machine, object: MemoryObject, page: Page): void {
  const { clean, dirty, stuck } = m.state.cache;
  for (const queue of [clean, dirty, stuck]) dequeue(queue, keyOf(m, object.id, page));
}

/** Somebody takes what goes back. */
export function isReturnable(m: Machine, object: MemoryObject): boolean {
  if (object.congested) return false;
  if (object.status === 'internal') return m.state.defaultPager;
  return object.status === 'ready' || object.status === 'starting' || object.status === 'terminating';
}

/** For so many more pages that cannot go. */
export function hasRoom(m: Machine, pages: number): boolean {
  return pages === 0 || m.state.cache.stuck.neighbours.size + pages <= m.rules.maxStuck(m.limits.cachePages);
}

/** The resident pages of a range, by rising number. */
export function residentPages(object: MemoryObject, first: Page, count: number): [Page, Resident][] {
  const found: [Page, Resident][] = [];
  for (const page of pagesIn(object, first, count)) {
    const record = object.pages.get(page);
    if (record?.state === 'resident') found.push([page, record]);
  }
  return found;
}

/** Pages of a range that have a record. A pager may name its whole object, of which little is here. */
export function pagesIn(object: MemoryObject, first: Page, count: number): Page[] {
  if (count > object.pages.size) {
    return [...object.pages.keys()].filter((page) => page >= first && page < first + count).sort((a, b) => a - b);
  }
  const pages: Page[] = [];
  for (let page = first; page < first + count; page += 1) if (object.pages.has(page)) pages.push(page);
  return pages;
}

function answered(m: Machine, object: MemoryObject): void {
  object.requests -= 1;
  stirObject(m, object);
}
