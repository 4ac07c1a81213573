import { narrow } from './hold.ts';
import { keyOf, type Machine, pageOf, stirPage } from './machine.ts';
import { isReturnable, list, remove, unlist } from './pages.ts';
import { dequeue, enqueue, type Queue } from './queue.ts';
import { giveBack } from './send.ts';
import type { MemoryObject, PageKey, Resident } from './state.ts';
import type { Page } from './types.ts';

/**
 * Takes pages away while there are too many, or too many that are changed. What comes always finds room, and makes others go: a
 * request takes none. So nobody starves, however many pagers do not answer; and a page that a task is in the middle of just takes
 * longer to go.
 */
export function trim(m: Machine): void {
  const { cache } = m.state;
  while (cache.resident - cache.leaving > m.limits.cachePages) {
    const victim = nextVictim(cache.clean) ?? nextVictim(cache.dirty);
    if (victim === null) break;
    evict(m, victim);
  }
  while (cache.dirty.neighbours.size > m.rules.maxDirty(m.limits.cachePages)) {
    const victim = nextVictim(cache.dirty);
    if (victim === null) break;
    evict(m, victim);
  }

  /** First in, first out, but a page that was touched since it came, or was spared, is spared once. */
  function nextVictim(queue: Queue): PageKey | null {
    for (let key = queue.first; key !== null; key = queue.first) {
      const { object, page } = pageOf(m, key);
      const record = object?.pages.get(page);
      if (record?.state !== 'resident' || !record.touched) return key;
      record.touched = false;
      dequeue(queue, key);
      enqueue(queue, key);
    }
    return null;
  }
}

/** Takes one page away, as if there were no room for it. What is on hold, or has nobody to go to, stays. */
export function evictPage(m: Machine, object: MemoryObject, page: Page): void {
  const key = keyOf(m, object.id, page);
  const { clean, dirty } = m.state.cache;
  if (clean.neighbours.has(key) || dirty.neighbours.has(key)) evict(m, key);
}

/** No task is in the middle of an access to the page any more: it goes, after its bytes if they are of worth (P12, P13). */
export function finishEviction(m: Machine, object: MemoryObject, page: Page, record: Resident): void {
  if (record.dirty || record.precious) {
    if (!isReturnable(m, object)) return keep(m, object, page, record);
    giveBack(m, object, [[page, record]], 0, false);
  }
  remove(m, object, page);
}

function evict(m: Machine, key: PageKey): void {
  const { object, page } = pageOf(m, key);
  const record = object?.pages.get(page);
  if (object === undefined || record?.state !== 'resident') return;
  record.hold = 'eviction';
  m.state.cache.leaving += 1;
  unlist(m, object, page);
  narrow(m, object, page, record, 0);
  if (!record.revoking) finishEviction(m, object, page, record);
}

/** It turned out to be changed, and there is nobody to take it. */
function keep(m: Machine, object: MemoryObject, page: Page, record: Resident): void {
  record.hold = object.current?.waits.has(page) === true ? 'operation' : null;
  m.state.cache.leaving -= 1;
  list(m, object, page, record);
  stirPage(m, object, page);
}
