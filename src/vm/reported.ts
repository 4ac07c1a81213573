import { finishEviction } from './cache.ts';
import { type Machine, stirObject } from './machine.ts';
import { remove } from './pages.ts';
import type { ObjectId, Page } from './types.ts';

// What the host, which has the bytes and the access words, reports of a page.

/** Its word is changed as `revoke` asks, and no task is in the middle of what that forbids. */
export function revoked(m: Machine, id: ObjectId, page: Page, dirty: boolean): void {
  const object = m.state.objects.get(id);
  const record = object?.pages.get(page);
  if (object === undefined || record?.state !== 'resident' || !record.revoking) return;
  record.revoking = false;
  record.dirty = m.rules.isChanged(record, dirty);
  if (record.hold === 'eviction') finishEviction(m, object, page, record);
  object.current?.waits.delete(page);
  stirObject(m, object);
}

/** Its bytes could not be put into memory. */
export function lost(m: Machine, id: ObjectId, page: Page): void {
  const object = m.state.objects.get(id);
  if (object === undefined) return;
  const record = object.pages.get(page);
  if (record?.state === 'resident') {
    remove(m, object, page);
    if (object.internal && record.dirty) {
      // Its bytes were nowhere else.
      object.stored.add(page);
      object.queue.push({ kind: 'died' });
    }
  }
  object.current?.waits.delete(page);
  stirObject(m, object);
}
