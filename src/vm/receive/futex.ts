import { FUTEX_STATE } from '../../wire/index.ts';
import { giveBackFutexes, hasFutexesOut } from '../futex/leave.ts';
import { tell } from '../futex/tell.ts';
import { heardOf, notHeardOf, wokenElsewhere } from '../futex/wait.ts';
import { type Machine, stirObject } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { FromPager } from '../types.ts';

type Of<K extends FromPager['kind']> = Extract<FromPager, { kind: K }>;

/** The futex is this kernel's from now on (pager.md §2.2). */
export function futexGranted(m: Machine, object: MemoryObject, message: Of<'memory_object_futex_granted'>): void {
  const { offset, reqId, gen, state, recall } = message;
  if (!Object.values<number>(FUTEX_STATE).includes(state)) return;
  // Until it is answered nobody can take the word, and read this.
  if (object.futexes.get(offset)?.keeper.asked?.reqId === reqId) m.words.setGen(object.id, offset, gen);
  tell(m, object, offset, 'granted', { reqId, gen, condition: state, recall });
  answered(m, object);
}

export function futexFailed(m: Machine, object: MemoryObject, message: Of<'memory_object_futex_failed'>): void {
  const { offset, reqId, code } = message;
  const why = code === 0 || code === 'blocked' || code === 'waiting' ? 'KERN_MEMORY_ERROR' : code;
  if (!notHeardOf(m, object, reqId, offset, why)) tell(m, object, offset, 'failed', { reqId, code: why });
  answered(m, object);
}

export function relinquishFutex(m: Machine, object: MemoryObject, message: Of<'memory_object_relinquish_futex'>): void {
  tell(m, object, message.offset, 'recall', { gen: message.gen });
}

export function futexFenced(m: Machine, object: MemoryObject, message: Of<'memory_object_futex_fenced'>): void {
  tell(m, object, message.offset, 'fenced', { gen: message.gen });
}

export function futexWaiting(m: Machine, object: MemoryObject, message: Of<'memory_object_futex_waiting'>): void {
  heardOf(m, object, message.reqId, message.offset);
}

export function futexWoken(m: Machine, object: MemoryObject, message: Of<'memory_object_futex_woken'>): void {
  wokenElsewhere(m, object, message.reqId, message.offset, message.broadcast);
}

/** An object that is to be terminated waits for this answer. */
function answered(m: Machine, object: MemoryObject): void {
  if (object.status !== 'terminating') return;
  giveBackFutexes(m, object);
  if (!hasFutexesOut(object)) stirObject(m, object);
}
