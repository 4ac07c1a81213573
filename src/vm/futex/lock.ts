import type { Code } from '../../errors.ts';
import type { Machine } from '../machine.ts';
import type { FutexCall, FutexKey } from './types.ts';
import type { Call } from '../state.ts';
import type { TaskId } from '../types.ts';
import { isCutOff } from './key.ts';
import { futexAt } from './records.ts';
import { hasRoom } from './room.ts';
import { endFutexCall, tell } from './tell.ts';

/** The page of a call that wants the futex is there: it is the keeper's to say who has it (pager.md §2.3). */
export function arrivedToLock(m: Machine, call: Call, of: FutexCall): void {
  const object = m.state.objects.get(of.object);
  if (object === undefined || of.what.kind !== 'lock') return;
  // Who has it of before has a record, and is told whatever its keeper says.
  if (isCutOff(object) && !object.futexes.has(of.offset)) return endFutexCall(m, call, 'KERN_MEMORY_ERROR');
  if (!hasRoom(m, of, call.task)) return endFutexCall(m, call, 'KERN_RESOURCE_SHORTAGE');
  futexAt(m, object, of.offset, call.task);
  of.phase = 'rest';
  tell(m, object, of.offset, 'lock', { wish: call.id, user: call.task, noQueue: of.what.noQueue });
}

/** What the owner says of its hold; `gen` 0: of whichever it has. */
export function tellAsOwner(
  m: Machine,
  event: 'unlock' | 'repair',
  user: TaskId,
  { object: id, offset }: FutexKey,
  gen: number,
): Code {
  const object = m.state.objects.get(id);
  return object === undefined ? 'EPERM' : tell(m, object, offset, event, { user, gen });
}
