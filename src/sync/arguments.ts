import { IpcError } from '../errors.ts';
import type { Futex, FutexGuard } from '../task/index.ts';
import type { HeldLock } from './held-lock.ts';
import { Owner } from './owner.ts';

// What programs without types get wrong, looked at before anything is changed: nobody keeps a place in a queue by it.

/** @throws IpcError EINVAL */
export function checkOwner(op: string, owner: unknown, lock: string): void {
  if (owner instanceof Owner) return;
  const text = `${op} of ${lock}: its owner is a handle: make one with new Owner('who'), and use it for each of its requests`;
  throw new IpcError('EINVAL', text, { op, object: lock });
}

/** @throws IpcError EINVAL */
export function checkOptions(op: string, options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new IpcError('EINVAL', `${op}: its options are an object, not ${shown(options)}`, { op });
}

/**
 * How long to wait at most, 0 for ever. Who gives it the name that it has elsewhere would wait for ever, and not know why.
 *
 * @throws IpcError EINVAL
 */
export function checkTime<Name extends keyof typeof ELSEWHERE>(
  op: string,
  name: Name,
  options: { [N in Name]?: unknown },
): number {
  const other = ELSEWHERE[name];
  if (other in options) throw new IpcError('EINVAL', `${op}: there is no option ${other}; use ${name}`, { op });
  const { [name]: ms = 0 } = options;
  if (typeof ms === 'number' && ms >= 0 && ms <= MOST_MS) return ms;
  const text = `${op}: ${name} is a number from 0 to ${MOST_MS}, not ${shown(ms)}; leave it out to wait for as long as it takes`;
  throw new IpcError('EINVAL', text, { op });
}

/** '5' and 5 are not the same. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const ELSEWHERE = { timeoutMs: 'timeLimitMs', timeLimitMs: 'timeoutMs' } as const;
/** Nearly 25 days: who means longer means for ever. */
const MOST_MS = 2 ** 31;

/** @throws IpcError EINVAL */
export function checkInterrupts(op: string, { signal, restarts }: { signal?: unknown; restarts?: unknown }): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new IpcError('EINVAL', `${op}: signal is an AbortSignal, such as the \`signal\` of an AbortController`, {
      op,
    });
  }
  if (restarts === undefined || typeof restarts === 'function') return;
  throw new IpcError('EINVAL', `${op}: restarts is a function that is given the signal's reason`, { op });
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
  const wrong = (text: string): IpcError => new IpcError('EINVAL', `heldFutex: ${text}`, { op: 'heldFutex' });
  if (typeof futex?.hasGiven !== 'function' || typeof guard?.isOf !== 'function') {
    throw wrong('it takes a futex of a region, and the guard that its lock() has answered; lock it first');
  }
  // Else the sleep would let go of one, and take the other.
  if (!futex.hasGiven(guard as FutexGuard)) {
    throw wrong(
      'the guard is that of another futex, or of another task; give the one that this futex’s lock() has answered',
    );
  }
}
