import { gaveUp } from './copies.ts';
import { finish, forgetIfIdle } from './core.ts';
import type { Core } from './core.ts';
import { attributesChanged } from './jobs.ts';
import { runsOf } from './runs.ts';
import type { KernelId, UnitId } from './state.ts';

/**
 * A kernel has finished, or died: it is in no copy set and no queue any more, and nobody waits for it. What it could write and had
 * not returned is lost with it when it died (§1.4).
 */
export function leave(core: Core, kernel: KernelId, died: boolean): void {
  const { state } = core;
  if (!state.kernels.delete(kernel)) {
    // One that was refused.
    core.effects.push({ type: 'terminated', kernel });
    return;
  }
  for (const request of state.requests.values()) if (request.kernel === kernel) finish(core, request);
  const invalid: UnitId[] = [];
  for (const [id, unit] of state.units) {
    if (unit.owner?.kernel === kernel) {
      unit.owner = null;
      unit.invalid ||= died;
      if (died) invalid.push(id);
    }
    unit.copies = unit.copies.filter((copy) => copy.kernel !== kernel);
  }
  for (const [reqId, lock] of state.locks) {
    if (lock.kernel !== kernel || !state.locks.delete(reqId)) continue;
    gaveUp(core, lock);
  }
  const wanted = state.wantedLocks.filter((lock) => lock.kernel === kernel);
  state.wantedLocks = state.wantedLocks.filter((lock) => lock.kernel !== kernel);
  for (const { kind, unit } of wanted) gaveUp(core, { kernel, kind, first: unit, count: 1 });
  for (const [reqId, change] of state.changes) if (change.kernel === kernel) attributesChanged(core, reqId);
  for (const [id, unit] of state.units) forgetIfIdle(core, id, unit);
  const { pageSize } = core.options;
  for (const { first, count } of runsOf(invalid)) {
    core.effects.push({ type: 'invalid', offset: first * pageSize, length: count * pageSize });
  }
  core.effects.push({ type: 'terminated', kernel });
}
