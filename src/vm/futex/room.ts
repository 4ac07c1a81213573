import { FREE } from '../../lock/index.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { TaskId } from '../types.ts';
import { ownerOf } from './key.ts';
import { countFor } from './records.ts';
import { tell } from './tell.ts';
import type { Futex, FutexKey } from './types.ts';
import { wantNoWakes } from './wait.ts';

/** Whether the task may use this one. Where it gets full, for it or for all, those that nobody uses go back to their masters. */
export function hasRoom(m: Machine, { object, offset }: FutexKey, task: TaskId): boolean {
  const isItsOwn = (): boolean => m.state.objects.get(object)?.futexes.get(offset)?.countsFor === task;
  if (isItsOwn()) return true;
  if ((m.state.futexesOf.get(task) ?? 0) >= m.limits.futexesPerTask) {
    makeRoom(m, ({ countsFor }) => countsFor === task);
    if (isItsOwn()) return true;
    if ((m.state.futexesOf.get(task) ?? 0) >= m.limits.futexesPerTask) return false;
  }
  const isKnown = m.state.objects.get(object)?.futexes.has(offset) === true;
  if (!isKnown && m.state.futexes >= m.limits.futexes) makeRoom(m, () => true);
  return isKnown || m.state.futexes < m.limits.futexes;
}

function makeRoom(m: Machine, isMeant: (futex: Futex) => boolean): void {
  for (const object of m.state.objects.values()) {
    for (const [offset, futex] of object.futexes) {
      // Who took the word by itself has not been counted with it.
      const owner = ownerOf(m, { object: object.id, offset }, futex.keeper);
      if (owner !== null) countFor(m, futex, owner);
      if (!isMeant(futex)) continue;
      if (mayBeIdle(m, object, offset, futex)) tell(m, object, offset, 'evict', null);
      if (futex.interest === 'there') wantNoWakes(m, object, offset);
    }
  }
}

/** A task that has them all must not keep the kernel busy by asking for more: those in use are passed over quickly. */
function mayBeIdle({ words }: Machine, { id }: MemoryObject, offset: number, { keeper }: Futex): boolean {
  return keeper.status === 'retained' || (keeper.isLent && words.at(id, offset)?.load() === FREE);
}
