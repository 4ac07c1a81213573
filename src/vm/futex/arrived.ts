import type { Machine } from '../machine.ts';
import { isCutOff } from './key.ts';
import { arrivedToLock } from './lock.ts';
import { endFutexCall } from './tell.ts';
import { arrivedToWait, endWake, hearsWakes, requeue, wake } from './wait.ts';

/** The page of a futex call is in memory, with the access that it wants. */
export function arrived(m: Machine, id: number): void {
  const call = m.state.calls.get(id);
  const of = call?.futex;
  if (call === undefined || of === null || of === undefined) return;
  switch (of.what.kind) {
    case 'lock':
      return arrivedToLock(m, call, of);
    case 'wait':
      return arrivedToWait(m, call, of);
    case 'wake':
      return endWake(m, call, of, wake(m, of, of.what.all));
    case 'requeue': {
      const object = m.state.objects.get(of.object);
      const isShared = object !== undefined && of.local === null;
      if (isShared && isCutOff(object)) return endFutexCall(m, call, 'KERN_MEMORY_ERROR');
      if (!isShared || hearsWakes(m, object, of.offset, call.task))
        return endWake(m, call, of, requeue(m, of, of.what));
      of.phase = 'register';
      return;
    }
    default:
  }
}
