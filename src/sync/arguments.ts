import { IpcError } from '../errors.ts';
import type { Futex, FutexGuard } from '../task/index.ts';
import type { HeldLock } from './held-lock.ts';
import { Owner } from './owner.ts';

// What programs without types get wrong, looked at before anything is changed: nobody keeps a place in a queue by it.

/** @throws IpcError EINVAL */
export function checkOwner(op: string, owner: unknown): void {
  if (owner instanceof Owner) return;
  throw new IpcError('EINVAL', `${op}: whose lock it is says a handle, made once by new Owner('who')`, { op });
}

/** Nearly 25 days: who means longer means for ever. */
export const MOST_MS = 2 ** 31;

export function isDuration(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 0 && ms <= MOST_MS;
}

/** @throws IpcError EINVAL */
export function checkInterrupts(op: string, { signal, restarts }: { signal?: unknown; restarts?: unknown }): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new IpcError('EINVAL', `${op}: signal is an AbortSignal, such as the \`signal\` of an AbortController`, {
      op,
    });
  }
  if (restarts === undefined || typeof restarts === 'function') return;
  throw new IpcError('EINVAL', `${op}: restarts is a function of the signal's reason`, { op });
}

/** @throws IpcError EINVAL */
export function checkHeldLock(lock: Partial<HeldLock> | null | undefined): void {
  if (lock === undefined) return;
  if (typeof lock?.release === 'function' && typeof lock.reacquire === 'function') return;
  const text = 'sleep: lock is what lock.heldBy(owner) or heldFutex(futex, guard) gives, and not the lock itself';
  throw new IpcError('EINVAL', text, { op: 'sleep' });
}

/** @throws IpcError EINVAL */
export function checkFutex(futex: Partial<Futex> | undefined, guard: Partial<FutexGuard> | undefined): void {
  const isGuard = typeof guard?.isOf === 'function';
  if (isGuard && typeof futex?.gave === 'function' && futex.gave(guard as FutexGuard)) return;
  const text = 'heldFutex: a futex of a region, and the guard that its own lock gave; lock it first';
  throw new IpcError('EINVAL', text, { op: 'heldFutex' });
}
