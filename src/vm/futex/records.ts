import { isFree, isIdle, newKeeper, newMaster } from '../../lock/index.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject, State } from '../state.ts';
import type { TaskId } from '../types.ts';
import type { Futex } from './types.ts';

/** The record of the futex, from now on. A new one counts for this task. */
export function futexAt(m: Machine, object: MemoryObject, offset: number, task: TaskId): Futex {
  const known = object.futexes.get(offset);
  if (known !== undefined) return known;
  const master = object.internal ? newMaster() : null;
  const usesBefore = m.words.uses(object.id, offset);
  const keeper = newKeeper();
  const futex: Futex = { countsFor: task, keeper, usesBefore, master, sleepers: [], watches: [], interest: 'none' };
  object.futexes.set(offset, futex);
  m.state.futexes += 1;
  add(m.state, task, 1);
  return futex;
}

/** The task has it, whoever made it known. */
export function countFor({ state }: Machine, futex: Futex, task: TaskId): void {
  if (futex.countsFor === task) return;
  add(state, futex.countsFor, -1);
  futex.countsFor = task;
  add(state, task, 1);
}

/** Nothing is lost if it is made anew for the next who uses it. */
export function forgetIfIdle(m: Machine, object: MemoryObject, offset: number): void {
  const futex = object.futexes.get(offset);
  if (futex === undefined) return;
  const { keeper, master, sleepers, interest } = futex;
  if (!isIdle(keeper) || (master !== null && !isFree(master)) || sleepers.length > 0 || interest !== 'none') return;
  forget(m, object, offset, futex);
}

/** The object goes, with all of them. */
export function forgetFutexes(m: Machine, object: MemoryObject): void {
  for (const [offset, futex] of object.futexes) forget(m, object, offset, futex);
}

function forget({ state }: Machine, object: MemoryObject, offset: number, { countsFor }: Futex): void {
  object.futexes.delete(offset);
  state.futexes -= 1;
  add(state, countsFor, -1);
}

function add({ futexesOf }: State, task: TaskId, by: number): void {
  const count = (futexesOf.get(task) ?? 0) + by;
  if (count === 0) futexesOf.delete(task);
  else futexesOf.set(task, count);
}
