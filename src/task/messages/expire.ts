import { IpcError } from '../../errors.ts';
import { deferred } from '../deferred.ts';
import { disownRights } from '../rights/rights-in.ts';
import type { Task } from '../task.ts';
import type { Call } from './call.ts';

/** A promise that rejects when the call's deadline passes. The driver is asked to stop, its reply is dropped. */
export function expire(task: Task, call: Call, object: string): { expired: Promise<never>; timer: Disposable } {
  const expired = deferred<never>();
  const timer = task.host.timer(Math.max(0, call.deadline - task.host.now()), () => {
    call.requestAbort();
    call.abandon?.();
    disownRights(call.body);
    const text = `${object}: no reply in time; the driver was asked to stop`;
    expired.reject(new IpcError('ETIMEDOUT', text, { object, handled: 'maybe' }));
  });
  return { expired: expired.promise, timer };
}
