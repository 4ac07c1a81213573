import { InvariantError } from '../errors.ts';
import type { SleepQueue } from '../sleep/index.ts';
import type { Ident } from './ident.ts';
import { LocalQueue } from './local-queue.ts';

/** Where those who sleep on it are. Shared idents are queues themselves; a right knows that of its port. */
export function queueOf(op: string, ident: Ident): SleepQueue {
  if (ident === undefined || ident === null) {
    throw new InvariantError(`${op}: there is nothing to sleep on: an ident is an object, a string or a symbol`, {
      op,
    });
  }
  return new LocalQueue(ident);
}
