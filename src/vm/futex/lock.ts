import type { Code } from '../../errors.ts';
import { FREE } from '../../lock/index.ts';
import type { Machine } from '../machine.ts';
import type { Futex, FutexCall, FutexKey } from './types.ts';
import type { Call, MemoryObject } from '../state.ts';
import type { TaskId } from '../types.ts';
import { futexAt, isCutOff } from './key.ts';
import { endFutexCall, tell } from './tell.ts';
import { wantNoWakes } from './wait.ts';

/** The page of a call that wants the futex is there: it is the keeper's to say who has it (pager.md §2.3). */
export function arrivedToLock(m: Machine, call: Call, of: FutexCall): void {
  const object = m.state.objects.get(of.object);
  if (object === undefined || of.what.kind !== 'lock') return;
  // Who has it of before has a record, and is told whatever its keeper says.
  if (isCutOff(object) && !object.futexes.has(of.offset)) return endFutexCall(m, call, 'KERN_MEMORY_ERROR');
  if (!hasRoom(m, of)) return endFutexCall(m, call, 'KERN_RESOURCE_SHORTAGE');
  futexAt(m, object, of.offset);
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

/** Whether one more can be remembered. Where it gets full, those that nobody uses go back to their masters. */
export function hasRoom(m: Machine, key: FutexKey): boolean {
  const isKnown = m.state.objects.get(key.object)?.futexes.has(key.offset) === true;
  if (isKnown || m.state.futexes < m.limits.futexes) return true;
  for (const object of m.state.objects.values()) {
    for (const [offset, futex] of object.futexes) {
      if (mayBeIdle(m, object, offset, futex)) tell(m, object, offset, 'evict', null);
      if (futex.interest === 'there') wantNoWakes(m, object, offset);
    }
  }
  return m.state.futexes < m.limits.futexes;
}

/** A task that has them all must not keep the kernel busy by asking for more: those in use are passed over quickly. */
function mayBeIdle({ words }: Machine, { id }: MemoryObject, offset: number, { keeper }: Futex): boolean {
  return keeper.status === 'retained' || (keeper.isLent && words.at(id, offset)?.load() === FREE);
}
