import type { Holder, LockState } from './types.ts';

export function take(lock: LockState, owner: Holder): void {
  lock.exclusive = 1;
  lock.holder = owner;
}

/** Of an exclusive holder that has had the time to put right what a dead one left behind. */
export function letGo(lock: LockState): void {
  lock.exclusive = 0;
  lock.holder = null;
  lock.ownerDied = false;
}

export function share(lock: LockState, owner: Holder): void {
  lock.shares += 1;
  lock.sharers.set(owner, (lock.sharers.get(owner) ?? 0) + 1);
}

/** Anybody may release a share (lwkt.md §3.2). If it had none, whose that was nobody can say: we take the oldest. */
export function dropShare(lock: LockState, owner: Holder): void {
  const [oldest = owner] = lock.sharers.keys();
  const whose = lock.sharers.has(owner) ? owner : oldest;
  const left = (lock.sharers.get(whose) ?? 1) - 1;
  if (left === 0) lock.sharers.delete(whose);
  else lock.sharers.set(whose, left);
  lock.shares -= 1;
}

export function isFree({ exclusive, shares }: LockState): boolean {
  return exclusive === 0 && shares === 0;
}
