import type { Answer, Ident } from './ident.ts';
import type { DomainOptions } from './sleep-options.ts';
import { Waiter } from './waiter.ts';

/**
 * A new waiter, prepared: from now on it misses no wakeup of the ident (lwkt.md §2.2). Hold the lock while you look whether there is
 * anything to wait for and prepare; let go of it; then `sleep`.
 *
 *     using waiter = prepare(queue);
 *     lock.release(owner);
 *     await waiter.sleep();
 *
 * A promise where somebody else has to say that it is in the queue. Errors as of `Waiter.prepare`.
 */
export function prepare<I extends Ident>(ident: I, options?: DomainOptions): Answer<I, Waiter>;
export function prepare(ident: Ident, options?: DomainOptions): Waiter | Promise<Waiter> {
  return new Waiter().prepare(ident, options);
}
