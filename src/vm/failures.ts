import type { ErrorCode } from '../errors.ts';
import { endCall, removeWaiter } from './calls.ts';
import type { Machine } from './machine.ts';
import { remove } from './pages.ts';
import type { MemoryObject, Waiter } from './state.ts';
import type { Page } from './types.ts';

/** All who wait for the page now; whoever comes later tries anew (P5). */
export function failAll(m: Machine, object: MemoryObject, page: Page, code: ErrorCode): void {
  for (const waiter of object.waiters.get(page) ?? []) failOne(m, object, page, waiter, code);
}

export function failOne(m: Machine, object: MemoryObject, page: Page, waiter: Waiter, code: ErrorCode): void {
  removeWaiter(object, page, waiter);
  if (waiter.kind === 'call') {
    const call = m.state.calls.get(waiter.call);
    if (call !== undefined) endCall(m, call, code);
    return;
  }
  const copy = m.state.objects.get(waiter.object);
  if (copy?.pages.get(waiter.page)?.state !== 'fetched') return;
  failAll(m, copy, waiter.page, code);
  remove(m, copy, waiter.page);
}
