import { enqueue, nextId, send, unstored } from './core.ts';
import type { Core } from './core.ts';
import type { Job, UnitId } from './state.ts';
import { startWrites } from './store.ts';

/** Everything that kernels have changed comes back (they keep it), is stored, and then the store is flushed. */
export function sync(core: Core, job: number): void {
  begin(core, job, 'sync');
  for (const [id, unit] of core.state.units) if (unit.owner !== null) ask(core, job, id, 'clean');
}

/**
 * The data changed behind the pager: no kernel keeps what it has of it. What a kernel has changed itself comes back and wins, or a
 * task's write would be lost silently.
 */
export function change(core: Core, job: number, offset: number, length: number): void {
  begin(core, job, 'change');
  const { pageSize } = core.options;
  for (const [id, unit] of core.state.units) {
    if (id * pageSize >= offset + length || (id + 1) * pageSize <= offset) continue;
    if (unit.copies.length > 0 || unit.queue.length > 0) ask(core, job, id, 'flush');
  }
}

export function setAttributes(core: Core, job: number, mayCache: boolean, copyStrategy: number): void {
  begin(core, job, 'attributes').left = core.state.kernels.size;
  core.state.mayCache = mayCache;
  core.state.copyStrategy = copyStrategy;
  for (const kernel of core.state.kernels.keys()) {
    const reqId = nextId(core);
    core.state.changes.set(reqId, { kernel, job });
    send(core, kernel, { kind: 'memory_object_change_attributes', reqId, mayCache, copyStrategy });
  }
}

/** A kernel has changed them, or has gone. */
export function attributesChanged(core: Core, reqId: number): boolean {
  const change = core.state.changes.get(reqId);
  if (change === undefined) return false;
  core.state.changes.delete(reqId);
  const job = core.state.jobs.get(change.job);
  if (job !== undefined) job.left -= 1;
  return true;
}

export function flushed(core: Core, job: number, ok: boolean): void {
  if (core.state.jobs.delete(job)) core.effects.push({ type: 'done', job, failed: !ok });
}

/** Brings every job as far as it gets. */
export function advanceJobs(core: Core): void {
  for (const [id, job] of core.state.jobs) {
    if (job.phase === 'kernels' && job.left === 0) {
      if (job.kind !== 'sync') {
        flushed(core, id, true);
        continue;
      }
      job.phase = 'store';
      job.seq = core.state.seq;
      retry(core);
    }
    if (job.phase !== 'store') continue;
    if (core.rules.stored(core, job)) {
      job.phase = 'flush';
      core.effects.push({ type: 'flush', job: id });
    } else if (failedSince(core, job)) {
      flushed(core, id, false);
    }
  }
}

function begin(core: Core, id: number, kind: Job['kind']): Job {
  const job: Job = { kind, left: 0, phase: 'kernels', seq: 0 };
  core.state.jobs.set(id, job);
  return job;
}

function ask(core: Core, job: number, unit: UnitId, kind: 'clean' | 'flush'): void {
  const { pageSize } = core.options;
  const range = { first: unit, count: 1, offset: unit * pageSize, length: pageSize };
  const { jobs } = core.state;
  enqueue(core, { ...range, kind, kernel: 0, reqId: 0, write: false, gen: 0, job });
  const asked = jobs.get(job);
  if (asked !== undefined) asked.left += 1;
}

function retry(core: Core): void {
  for (const unit of unstored(core)) unit.failed = false;
  startWrites(core, [...core.state.unstored]);
}

function failedSince(core: Core, job: Job): boolean {
  return unstored(core).some(
    (unit) => unit.failed && unit.writes === 0 && unit.returned.some((piece) => piece.seq <= job.seq),
  );
}
