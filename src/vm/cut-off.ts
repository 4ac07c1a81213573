import { failForming } from './calls.ts';
import { cutOffFutexes } from './futex/leave.ts';
import { type Machine, stirObject, stirPage } from './machine.ts';
import { list, remove } from './pages.ts';
import { newQueue } from './queue.ts';
import { endSleeps } from './sleep/listen.ts';
import type { MemoryObject } from './state.ts';

/** There is no pager any more (§1.4). Who needs it is told; resident pages stay usable within their locks. */
export function cutOff(m: Machine, object: MemoryObject, status: 'dead' | 'destroyed'): void {
  object.status = status;
  object.backlog = newQueue();
  for (const [page, record] of object.pages) {
    if (record.state === 'requested') remove(m, object, page);
    else if (record.state === 'resident') {
      record.unlockAsked = 0;
      list(m, object, page, record);
    }
  }
  for (const page of object.waiters.keys()) stirPage(m, object, page);
  failForming(m, object);
  cutOffFutexes(m, object, 'KERN_MEMORY_ERROR');
  endSleeps(m, object, 'KERN_MEMORY_ERROR');
  stirObject(m, object);
}
