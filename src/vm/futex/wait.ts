import type { ErrorCode } from '../../errors.ts';
import { waitFor } from '../calls.ts';
import { emit, type Machine } from '../machine.ts';
import { send } from '../send.ts';
import type { FutexCall, FutexKey } from './types.ts';
import type { Call, MemoryObject } from '../state.ts';
import type { TaskId, ToPager } from '../types.ts';
import { isCutOff } from './key.ts';
import { forgetIfIdle, futexAt } from './records.ts';
import { setSleepers, sleepersOf } from './sleepers.ts';
import { endFutexCall } from './tell.ts';

/** The page of a waiter is there (pager.md §2.8). Where the word differs now, nobody else need be asked, and no time is over yet. */
export function arrivedToWait(m: Machine, call: Call, of: FutexCall): void {
  const object = m.state.objects.get(of.object);
  if (object === undefined || of.what.kind !== 'wait') return;
  of.phase = 'compare';
  const { v1, v2, quad } = of.what;
  const { page, at } = pageOfOffset(m, of.offset);
  emit(m, { type: 'compare', call: call.id, object: object.id, page, at, v1, v2, quad });
}

/**
 * What the host found. Nothing has come between the looks of two who compare and wake: it answers in the same turn. Who is to sleep is
 * compared once more when other kernels' wakeups reach this one: who stores and wakes after that finds a sleeper, and what was stored
 * before is seen.
 */
export function compared(m: Machine, call: Call, isSame: boolean): void {
  const { futex: of } = call;
  if (of?.phase !== 'compare') return;
  if (!isSame) return endFutexCall(m, call, 'KERN_INVALID_ARGUMENT');
  const object = m.state.objects.get(of.object);
  // The page is still here, and the pager is not: no wakeup of another kernel would ever come.
  if (of.local === null && object !== undefined && isCutOff(object)) {
    return endFutexCall(m, call, 'KERN_MEMORY_ERROR');
  }
  if (of.isLate === true) return endFutexCall(m, call, 'KERN_TIMEDOUT');
  of.hasLooked = true;
  const isHeard = of.local !== null || object === undefined || hearsWakes(m, object, of.offset, call.task);
  of.phase = isHeard ? 'rest' : 'register';
  if (isHeard) setSleepers(m, of, [...sleepersOf(m, of), call.id]);
}

/** The pager has answered: those who waited for that go on, from their page on, which may have left. */
export function heardOf(m: Machine, object: MemoryObject, reqId: number, offset: number): void {
  const futex = object.futexes.get(offset);
  if (futex?.interest !== reqId) return;
  futex.interest = 'there';
  for (const call of waitingFor(m, object.id, offset)) {
    const { futex: of } = call;
    if (of?.phase !== 'register') continue;
    if (of.what.kind === 'requeue') {
      endWake(m, call, of, requeue(m, of, of.what));
      continue;
    }
    of.phase = 'page';
    waitFor(m, call, object, { ...pageOfOffset(m, offset), bytes: 0, bufferAt: 0 });
  }
}

/** The pager does not remember that this kernel has sleepers there. Answers whether it was asked to by this request. */
export function notHeardOf(m: Machine, object: MemoryObject, reqId: number, offset: number, code: ErrorCode): boolean {
  const futex = object.futexes.get(offset);
  if (futex?.interest !== reqId) return false;
  futex.interest = 'none';
  for (const call of waitingFor(m, object.id, offset)) {
    if (call.futex?.phase === 'register') endFutexCall(m, call, code);
  }
  forgetIfIdle(m, object, offset);
  return true;
}

/**
 * A task of this kernel wakes sleepers; if there are none here, or all are meant, those of other kernels, too. False: `drained` does the
 * latter.
 */
export function wake(m: Machine, key: FutexKey, all: boolean): boolean {
  const woke = wakeHere(m, key, all);
  return (woke && !all) || wakeElsewhere(m, key, all);
}

/** The pager takes what it is told again, or need not be told: who wakes sleepers of other kernels has waited for that. */
export function drained(m: Machine, object: MemoryObject): void {
  for (const call of [...m.state.calls.values()]) {
    const { futex: of } = call;
    if (of?.phase !== 'congested' || (of.what.kind !== 'wake' && of.what.kind !== 'requeue')) continue;
    const key = of.what.kind === 'requeue' ? of.what.source : of;
    if (key.object === object.id && wakeElsewhere(m, key, of.what.all)) endFutexCall(m, call, 0);
  }
}

/** Ends a call that woke sleepers, once all are told of it. */
export function endWake(m: Machine, call: Call, of: FutexCall, isTold: boolean): void {
  if (isTold) endFutexCall(m, call, 0);
  else of.phase = 'congested';
}

/** A task of another kernel did. Answers it: this kernel hears of no more if it has nobody who waits. */
export function wokenElsewhere(m: Machine, object: MemoryObject, reqId: number, offset: number, all: boolean): void {
  const key = { object: object.id, offset, local: null };
  const woke = wakeHere(m, key, all);
  const waits = sleepersOf(m, key).length > 0 || waitingFor(m, object.id, offset).length > 0;
  const futex = object.futexes.get(offset);
  if (!waits && futex !== undefined) {
    futex.interest = 'none';
    setSleepers(m, key, []);
  }
  send(m, object, wakeCompleted(reqId, offset, woke, waits));
}

/** Moves sleepers to another word, behind those that are there, without waking them. Those of other kernels are woken instead: see `wake`. */
export function requeue(m: Machine, target: FutexKey, what: Extract<FutexCall['what'], { kind: 'requeue' }>): boolean {
  const { source, all, wakeOne } = what;
  const woke = wakeOne && wakeHere(m, source, false);
  const there = sleepersOf(m, source);
  const moved = all ? there : there.slice(0, 1);
  setSleepers(m, source, there.slice(moved.length));
  for (const id of moved) {
    const of = m.state.calls.get(id)?.futex;
    // The key alone: `target` may be a call, which has a phase of its own, and who sleeps would not be asleep any more.
    const { object, offset, local } = target;
    if (of !== null && of !== undefined) Object.assign(of, { object, offset, local, isMoved: local === null });
  }
  setSleepers(m, target, [...sleepersOf(m, target), ...moved]);
  const isEnough = !all && (woke || moved.length > 0);
  return isEnough || wakeElsewhere(m, source, all);
}

/** Whether wakeups of other kernels reach this one; if not, the pager is asked for them. */
export function hearsWakes(m: Machine, object: MemoryObject, offset: number, task: TaskId): boolean {
  const futex = futexAt(m, object, offset, task);
  if (object.internal || futex.interest === 'there') return true;
  if (futex.interest === 'none') {
    object.lastReqId += 1;
    futex.interest = object.lastReqId;
    send(m, object, { kind: 'memory_object_futex_wait', reqId: object.lastReqId, offset });
  }
  return false;
}

/** Nobody waits there: its pager need not tell of wakeups of other kernels any more. */
export function wantNoWakes(m: Machine, object: MemoryObject, offset: number): void {
  const futex = object.futexes.get(offset);
  const isWanted =
    futex?.interest !== 'there' || futex.sleepers.length > 0 || waitingFor(m, object.id, offset).length > 0;
  if (isWanted || futex === undefined) return;
  futex.interest = 'none';
  if (object.status === 'ready') send(m, object, wakeCompleted(0, offset, false, false));
  forgetIfIdle(m, object, offset);
}

function wakeCompleted(reqId: number, offset: number, woke: boolean, waits: boolean): ToPager {
  return { kind: 'memory_object_futex_wake_completed', reqId, offset, woke, waits };
}

/** False: the pager leaves too much lie to be told more. What a task says to it is at that task's charge: it waits. */
function wakeElsewhere(m: Machine, { object: id, offset, local }: FutexKey, all: boolean): boolean {
  const object = m.state.objects.get(id);
  if (local !== null || object?.status !== 'ready' || object.internal) return true;
  if (object.congested) return false;
  send(m, object, { kind: 'memory_object_futex_wake', offset, broadcast: all });
  return true;
}

function wakeHere(m: Machine, key: FutexKey, all: boolean): boolean {
  const there = sleepersOf(m, key);
  const woken = all ? there : there.slice(0, 1);
  setSleepers(m, key, there.slice(woken.length));
  for (const id of woken) {
    const call = m.state.calls.get(id);
    if (call !== undefined) endFutexCall(m, call, 0);
  }
  return woken.length > 0;
}

function pageOfOffset(m: Machine, offset: number): { page: number; at: number } {
  const at = offset % m.limits.pageBytes;
  return { page: (offset - at) / m.limits.pageBytes, at };
}

/** Those that are about to sleep there, and those that will be moved there. */
function waitingFor(m: Machine, object: number, offset: number): Call[] {
  return [...m.state.calls.values()].filter(({ futex }) => {
    const isHere =
      futex?.object === object && futex.offset === offset && futex.local === null && futex.phase !== 'rest';
    return isHere && (futex.what.kind === 'wait' || futex.what.kind === 'requeue');
  });
}
