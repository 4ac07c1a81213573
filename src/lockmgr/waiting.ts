import { share } from './holds.ts';
import type { LockHost, LockState, Request, Wish } from './types.ts';

/** All who wait, in no order. */
export function waitingAt({ upgrade, pending, parked, writers }: LockState): Request[] {
  return [upgrade, pending, ...parked.values(), ...writers.values()].filter((request) => request !== null);
}

/** It waits no more. False: it did not. */
export function remove(lock: LockState, wish: Wish): boolean {
  if (lock.upgrade?.wish === wish) lock.upgrade = null;
  else if (lock.pending?.wish === wish) lock.pending = null;
  else return lock.parked.delete(wish) || lock.writers.delete(wish);
  return true;
}

/** All who wait to share, and came before this one. */
export function admitParked(lock: LockState, host: LockHost, before: Wish): void {
  for (const [wish, request] of lock.parked) {
    if (wish > before) return;
    lock.parked.delete(wish);
    if (isGranted(host, request)) share(lock, request.owner);
  }
}

export function firstWriter(lock: LockState): Request | null {
  const [first = null] = lock.writers.values();
  return first;
}

/** While it is shared, the first of the writers is *the* exclusive request (lwkt.md §3.4). */
export function nameWriter(lock: LockState): void {
  const writer = firstWriter(lock);
  if (lock.shares === 0 || lock.pending !== null || writer === null) return;
  lock.writers.delete(writer.wish);
  lock.pending = writer;
}

/** Its turn has come. With SLEEPFAIL that is when it fails, and what it would have got is for the next (§3.3). */
export function isGranted(host: LockHost, { wish, modifiers }: Request): boolean {
  host.emit(modifiers.sleepFail ? { type: 'failed', wish, code: 'ENOLCK' } : { type: 'granted', wish });
  return !modifiers.sleepFail;
}
