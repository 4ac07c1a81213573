import { IpcError } from '../errors.ts';
import { checkInterrupts, checkOptions, checkTime } from './arguments.ts';

export type SleepOptions = {
  /**
   * Milliseconds to sleep at most: EWOULDBLOCK. Counted from when it really sleeps; 0 or absent: for ever (lwkt.md §2.3). It does not bound
   * how long it takes to have the lock again afterwards (§2.5).
   */
  timeoutMs?: number;
  /** An abort ends the sleep: EINTR (PCATCH, §2.3). It is looked at before the sleep and after it. */
  signal?: AbortSignal;
  /** Whether what was interrupted by this reason of the signal should be begun again: ERESTART, and not EINTR. */
  restarts?: (reason: unknown) => boolean;
};

/**
 * How a sleep went (lwkt.md §2.3). Timeout beats signal, and signal beats wakeup; so neither of the former says that there was no wakeup:
 * where `wakeupOne` is used, hand it on (wake one more). And look again at what was waited for, after 0 too.
 */
export type SleepResult = { code: 0 } | { code: 'EWOULDBLOCK' } | { code: 'EINTR' | 'ERESTART'; reason: unknown };

export type DomainOptions = {
  /** Only wakeups of this very domain count (§2.4): an integer of 32 bits. 0 is that of plain `wakeup`. */
  domain?: number;
};

/** @throws IpcError EINVAL */
export function checkSleep(options: SleepOptions): number {
  checkOptions('sleep', options);
  checkInterrupts('sleep', options);
  return checkTime('sleep', 'timeoutMs', options);
}

/** @throws IpcError EINVAL */
export function domainOf(op: string, options: DomainOptions | undefined): number {
  if (options === undefined) return 0;
  checkOptions(op, options);
  return checkDomain(op, options.domain ?? 0);
}

/** @throws IpcError EINVAL */
export function checkDomain(op: string, domain: number): number {
  if (Number.isInteger(domain) && domain >= 0 && domain < 2 ** 32) return domain;
  throw new IpcError('EINVAL', `${op}: a domain is an integer from 0 to ${2 ** 32 - 1}, not ${domain}`, { op });
}

export function interrupted({ signal, restarts }: SleepOptions): SleepResult {
  const reason: unknown = signal?.reason;
  return { code: restarts?.(reason) === true ? 'ERESTART' : 'EINTR', reason };
}
