import { dropShare, isFree, letGo, take } from './holds.ts';
import type { Holder, LockHost, LockRules, LockState } from './types.ts';
import { admitParked, firstWriter, isGranted, nameWriter, remove } from './waiting.ts';

/**
 * Who is next gets it here and now, and nobody can come between (lwkt.md §3.4): the upgrade, else *the* exclusive request, else all
 * who wait to share, else the first writer. After a writer come the readers, and after them a writer: neither kind waits for ever.
 */
export function succeed(lock: LockState, host: LockHost): void {
  // Who fails when its turn comes (SLEEPFAIL) leaves it to the next.
  while (isFree(lock)) {
    const first = lock.upgrade ?? lock.pending;
    if (first === null && lock.parked.size > 0) {
      admitParked(lock, host, Infinity);
      continue;
    }
    const next = first ?? firstWriter(lock);
    if (next === null) return;
    remove(lock, next.wish);
    if (isGranted(host, next)) take(lock, next.owner);
  }
  nameWriter(lock);
}

/**
 * A shared lock may have become open again to those that parked behind the one that has gone (§3.4). They go in the order in which they
 * came, as if it had never been there: up to the first writer, behind whom the others stay.
 */
export const withdraw: LockRules['withdraw'] = (lock, wish, host) => {
  if (!remove(lock, wish)) return false;
  if (lock.shares > 0 && lock.upgrade === null && lock.pending === null) {
    admitParked(lock, host, firstWriter(lock)?.wish ?? Infinity);
  }
  nameWriter(lock);
  return true;
};

/** What it had is for the next. Who comes after an exclusive holder has to know: nobody can say in what state things are. */
export function leave(lock: LockState, owner: Holder, host: LockHost): void {
  if (lock.holder === owner) {
    letGo(lock);
    lock.ownerDied = true;
  } else if (lock.sharers.has(owner)) {
    while (lock.sharers.has(owner)) dropShare(lock, owner);
  } else return;
  if (lock.shares > 0) return;
  lock.isCancelling = false;
  host.rules.succeed(lock, host);
}
