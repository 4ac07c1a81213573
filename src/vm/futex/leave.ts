import type { ErrorCode } from '../../errors.ts';
import { type Machine, stirObject } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { ObjectId, TaskId } from '../types.ts';
import { maps } from './key.ts';
import { forgetIfIdle } from './records.ts';
import { endFutexCall, tell } from './tell.ts';
import { drained } from './wait.ts';

/** The task has some of these mapped no longer, or has died: what it had locked there is passed on, as of an owner that died. */
export function leaveUnmapped(m: Machine, task: TaskId, objects: Iterable<ObjectId>): void {
  for (const id of objects) {
    const object = m.state.objects.get(id);
    if (object === undefined) continue;
    for (const [offset, { keeper }] of [...object.futexes]) {
      const { owner, isLent, queue, stale } = keeper;
      const isConcerned = owner === task || isLent || [...queue, ...stale].some(({ user }) => user === task);
      if (isConcerned && !maps(m, task, id, offset)) tell(m, object, offset, 'leave', { user: task });
    }
  }
}

/** The object is about to go: what nobody uses is given back first, and what is on its way has to come (§2.5, 10). */
export function giveBackFutexes(m: Machine, object: MemoryObject): void {
  wakeStranded(m, object);
  drained(m, object);
  for (const [offset, futex] of [...object.futexes]) {
    tell(m, object, offset, 'evict', null);
    // Its pager forgets what this kernel wanted to hear of.
    futex.interest = 'none';
    forgetIfIdle(m, object, offset);
  }
}

/** Who was moved there (`requeue`) need not have it mapped: nobody is left who could wake them. */
export function wakeStranded(m: Machine, object: MemoryObject): void {
  for (const id of [...object.futexes.values()].flatMap(({ sleepers }) => sleepers)) {
    const call = m.state.calls.get(id);
    if (call !== undefined) endFutexCall(m, call, 'KERN_INVALID_ADDRESS');
  }
  for (const futex of object.futexes.values()) futex.sleepers = [];
}

export function hasFutexesOut(object: MemoryObject): boolean {
  return [...object.futexes.values()].some(({ keeper }) => keeper.status !== 'none');
}

/** Nobody is left who could grant, or would hear of a wakeup elsewhere. Owners keep what they have. */
export function cutOffFutexes(m: Machine, object: MemoryObject, code: ErrorCode): void {
  if (object.internal) return;
  for (const offset of [...object.futexes.keys()]) tell(m, object, offset, 'masterGone', null);
  drained(m, object);
  for (const call of [...m.state.calls.values()]) {
    const { futex: of } = call;
    if (of?.object !== object.id || of.local !== null) continue;
    const waits = of.what.kind === 'wait' || of.what.kind === 'requeue';
    // Whose page is still to come finds out when it does.
    if (waits && of.phase !== 'page') endFutexCall(m, call, code);
  }
  for (const futex of object.futexes.values()) Object.assign(futex, { sleepers: [], interest: 'none' });
  stirObject(m, object);
}
