import { cutOffFutexes } from '../futex/leave.ts';
import { type Machine, stirObject } from '../machine.ts';
import type { FromPager, ObjectId } from '../types.ts';
import { dispatch } from './table.ts';

/** A message of the object's pager, to be handled once those before it are. */
export function arrive(m: Machine, id: ObjectId, message: FromPager): void {
  const object = m.state.objects.get(id);
  if (object?.status === 'terminating') {
    // Its end waits for it; for pages there is nobody any more.
    const { kind } = message;
    if (kind === 'memory_object_futex_granted' || kind === 'memory_object_futex_failed') {
      dispatch(m, object, kind, message);
    }
    return;
  }
  if (object === undefined || (object.status !== 'starting' && object.status !== 'ready')) return;
  object.queue.push({ kind: 'message', message: object.current === null ? message : owned(message) });
  stirObject(m, object);
}

/** The object's port is dead; all that it sent before has arrived. */
export function portDied(m: Machine, id: ObjectId): void {
  const object = m.state.objects.get(id);
  if (object === undefined || object.status === 'dead' || object.status === 'destroyed') return;
  if (object.status === 'terminating') cutOffFutexes(m, object, 'KERN_MEMORY_ERROR');
  object.queue.push({ kind: 'died' });
  stirObject(m, object);
}

/** What has to wait must not lie in memory that is used again. */
function owned(message: FromPager): FromPager {
  return 'data' in message ? { ...message, data: message.data.slice() } : message;
}
