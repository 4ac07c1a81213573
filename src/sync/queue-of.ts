import { InvariantError, IpcError } from '../errors.ts';
import type { SleepQueue } from '../sleep/index.ts';
import { ReceiveRight, SendRight, SharedIdent } from '../task/index.ts';
import { RIGHT_BRAND } from '../wire/index.ts';
import type { Ident } from './ident.ts';
import { LocalQueue } from './local-queue.ts';

/** Where those who sleep on it are. Shared idents are queues themselves; a right knows that of its port. */
export function queueOf(op: string, ident: Ident): SleepQueue {
  if (!isIdent(ident)) throw notAnIdent(op, ident);
  if (ident instanceof SharedIdent) return ident;
  if (ident instanceof SendRight || ident instanceof ReceiveRight) return ident.task.sleep.identOf(ident, op);
  if (typeof ident === 'object' && RIGHT_BRAND in ident) throw foreign(op);
  return new LocalQueue(ident);
}

/** A number is more often a mistake (what came of an offset) than a name. */
function isIdent(ident: unknown): ident is Ident {
  if (typeof ident === 'object') return ident !== null;
  return typeof ident === 'string' || typeof ident === 'symbol' || typeof ident === 'function';
}

/** What is none is no object, and can be shown. */
function notAnIdent(op: string, given: null | undefined | number | bigint | boolean): InvariantError {
  const text = `${op}: there is nothing to sleep on: an ident is an object, a string or a symbol, not ${String(given)}`;
  return new InvariantError(text, { op });
}

/** Taken for an object of this thread, it would wake nobody who sleeps on its port. */
function foreign(op: string): IpcError {
  const text = `${op}: a send-once right, or one of another copy of easync: sleep on a send or receive right, and load easync once`;
  return new IpcError('EINVAL', text, { op });
}
