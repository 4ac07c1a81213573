import type { Code } from '../../errors.ts';
import { endCall } from '../calls.ts';
import type { Machine } from '../machine.ts';
import type { TaskId } from '../types.ts';
import { maps, ownerOf } from './key.ts';
import type { Futex, FutexKey } from './types.ts';

/**
 * What is to be said of the task's hold by this grant. `'held'`: it may be revoked yet. 0: it was. `KERN_INVALID_ADDRESS`, `EPERM`: there is
 * none any more. `KERN_MEMORY_ERROR`: nobody is left who could revoke it.
 */
export function holdOf(
  m: Machine,
  key: Pick<FutexKey, 'object' | 'offset'>,
  { keeper }: Futex,
  task: TaskId,
  gen: number,
): Code | 'held' {
  if (keeper.stale.some((stale) => stale.user === task && stale.gen === gen)) return 0;
  if (!maps(m, task, key.object, key.offset)) return 'KERN_INVALID_ADDRESS';
  if (keeper.gen !== gen || ownerOf(m, key, keeper) !== task) return 'EPERM';
  return keeper.isDead ? 'KERN_MEMORY_ERROR' : 'held';
}

/** Something has happened to the futex: whose hold is over is told. What a task did by the word alone comes to light with the next event. */
export function endWatches(m: Machine, key: Pick<FutexKey, 'object' | 'offset'>, futex: Futex): void {
  for (const id of futex.watches) {
    const call = m.state.calls.get(id);
    const what = call?.futex?.what;
    if (call === undefined || what?.kind !== 'fenced') continue;
    const code = holdOf(m, key, futex, call.task, what.gen);
    if (code !== 'held') endCall(m, call, code);
  }
}
