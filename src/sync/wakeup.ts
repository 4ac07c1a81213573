import { park } from './delayed.ts';
import type { Answer, Ident } from './ident.ts';
import { queueOf } from './queue-of.ts';
import { checkDomain, type DomainOptions, domainOf } from './sleep-options.ts';

/**
 * Wakes all that sleep on the ident, or have prepared to, in domain 0 (lwkt.md §2.4). If nobody is there it is forgotten: nothing is counted.
 * Change first what they wait for. Answers a promise where somebody else has to be told.
 *
 * @throws InvariantError: there is no ident. Of what has ended nobody is left to wake: a promise rejects only if the ident cannot be found,
 *   ERELEASED or KERN_INVALID_ADDRESS (its region was unmapped before it was ever used), KERN_PROTECTION_FAILURE (it may not be read),
 *   KERN_MEMORY_ERROR, KERN_RESOURCE_SHORTAGE
 */
export function wakeup<I extends Ident>(ident: I): Answer<I, void>;
export function wakeup(ident: Ident): void | Promise<void> {
  const queue = queueOf('wakeup', ident);
  return park(ident, queue) ? undefined : queue.wakeup(0, false);
}

/**
 * Of those that sleep, wakes the one that prepared first (§2.4). Those before it that have only prepared are woken too, and do not count:
 * they may yet decide not to sleep. So if any sleep it wakes at least one, not exactly one. Errors as of `wakeup`; IpcError EINVAL: no domain.
 */
export function wakeupOne<I extends Ident>(ident: I, options?: DomainOptions): Answer<I, void>;
export function wakeupOne(ident: Ident, options?: DomainOptions): void | Promise<void> {
  return queueOf('wakeupOne', ident).wakeup(domainOf('wakeupOne', options), true);
}

/** Wakes all that gave this very domain, and no others (§2.4). Errors as of `wakeupOne`. */
export function wakeupDomain<I extends Ident>(ident: I, domain: number): Answer<I, void>;
export function wakeupDomain(ident: Ident, domain: number): void | Promise<void> {
  return queueOf('wakeupDomain', ident).wakeup(checkDomain('wakeupDomain', domain), false);
}
