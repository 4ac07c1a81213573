import type { Effect } from '../../src/pager/state.ts';
import { DEAD, type Draft } from './draft.ts';
import type { PagerEvent } from './machines.ts';
import { idOf, kernelOf } from './renaming.ts';
import { must } from './rules.ts';

/** Tells the pager's machine, and does what it asks for. Answers what the machine did. */
export function tellPager(draft: Draft, name: string, event: PagerEvent): number {
  const { next, effects, answer } = draft.machines.pager(draft.master, name, event);
  draft.master = next;
  for (const effect of effects) carryOut(draft, effect);
  return Number(answer);
}

/** The pager begins something of its own. */
export function beginJob(draft: Draft, event: Extract<PagerEvent, { do: 'sync' | 'change' | 'setAttributes' }>): void {
  const due = event.do === 'sync' ? [...draft.seeBook().latest] : [];
  // It may be over at once: so it is written down before it begins, by the number that it will get.
  const id = draft.machines.masters.get(draft.master).nextId;
  draft.book().jobs.push({ id, kind: event.do, due });
  const job = tellPager(draft, JSON.stringify(event), event);
  must('every job has its own number', job === id, () => `${job}`);
}

export function pagerDies(draft: Draft): void {
  draft.master = DEAD;
  Object.assign(draft.store(), { reads: [], writes: [], flushes: [] });
  draft.book().jobs = [];
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    draft.setUp(kernel, []);
    // What it sent before arrives before its death (R0.6).
    if (draft.seeHost(kernel).alive) draft.pushDown(kernel, { life: 0, message: null });
  }
}

function carryOut(draft: Draft, effect: Effect): void {
  if (effect.type === 'send') {
    const kernel = kernelOf(effect.kernel);
    const { alive, introduced, life } = draft.seeHost(kernel);
    // Its control port may have died while this was being thought of.
    const isThere = alive && introduced && idOf(kernel, life) === effect.kernel;
    if (isThere) draft.pushDown(kernel, { life, message: effect.message });
  } else if (effect.type === 'read') {
    const early = draft.seeStore().versions.slice(effect.offset, effect.offset + effect.length);
    draft.store().reads.push({ id: effect.id, first: effect.offset, early });
  } else if (effect.type === 'write') {
    draft.store().writes.push({ id: effect.id, first: effect.offset, data: [...effect.data] });
  } else if (effect.type === 'flush') draft.store().flushes.push(effect.job);
  else if (effect.type === 'done') done(draft, effect.job, effect.failed);
  else if (effect.type === 'refused' && effect.kind !== 'memory_object_change_completed') {
    // That one may come after the `terminate` which has made it needless (P16).
    must(
      'no honest message is refused',
      false,
      () => `${effect.kind} of kernel ${kernelOf(effect.kernel)}: ${effect.why}`,
    );
  }
}

function done(draft: Draft, id: number, failed: boolean): void {
  const book = draft.book();
  const job = book.jobs.find((one) => one.id === id);
  must('every answer belongs to a call', job !== undefined, () => `job ${id}`);
  book.jobs = book.jobs.filter((one) => one !== job);
  if (failed || job === undefined) return;
  const { versions } = draft.seeStore();
  for (const [page, due] of job.due.entries()) {
    const stored = versions[page] ?? 0;
    must(
      'P11 a sync is done when the writes are',
      Math.max(0, stored) >= due,
      () => `page ${page} is ${stored}, not ${due}`,
    );
  }
}
