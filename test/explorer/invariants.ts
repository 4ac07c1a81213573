import { VM_PROT } from '../../src/wire/index.ts';
import type { Draft } from './draft.ts';
import { idOf } from './renaming.ts';
import { pageOf } from './pages.ts';
import { NOTHING, type Version } from './parts.ts';
import { must } from './rules.ts';

/** What is true in every state. */
export function check(draft: Draft): void {
  const { latest } = draft.seeBook();
  for (let page = 0; page < latest.length; page += 1) {
    checkCoherence(draft, page);
    if (draft.master < 0) continue;
    checkCopies(draft, page);
    checkReturned(draft, page);
  }
}

/** What is true when nothing more happens by itself. */
export function checkQuiet(draft: Draft): void {
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    const { alive, calls } = draft.seeHost(kernel);
    must('every access ends', !alive || calls.every((call) => call === null), () => `kernel ${kernel} waits for ever`);
  }
  if (draft.master < 0) return;
  const { requests, locks, units } = draft.machines.masters.get(draft.master);
  must('every request ends', requests.size === 0 && locks.size === 0, () => 'the pager waits for ever');
  must('every job ends', draft.seeBook().jobs.length === 0, () => 'the pager works for ever');
  const isStored = [...units.values()].every(({ returned, failed }) => returned.length === 0 || failed);
  must('what is returned gets stored', isStored, () => 'the pager keeps it for ever');
}

/** The words, and the accesses that tasks are in the middle of. */
function checkCoherence(draft: Draft, number: number): void {
  const latest = draft.seeBook().latest[number] ?? 0;
  let all = 0;
  let having = 0;
  let other = latest;
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    const { word, pin, memory } = pageOf(draft.seeHost(kernel), number);
    if ((word | pin) === 0) continue;
    all |= word | pin;
    having += 1;
    if (memory !== latest) other = memory;
  }
  const isOne = having < 2 || (all & VM_PROT.WRITE) === 0;
  must('single writer or many readers', isOne, () => `${having} kernels have page ${number}, and one may write`);
  must('no stale read', other === latest, () => `${other} can be read of page ${number}, not ${latest}`);
}

function checkCopies(draft: Draft, number: number): void {
  const unit = draft.machines.masters.get(draft.master).units.get(number);
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    const host = draft.seeHost(kernel);
    const page = pageOf(host, number);
    if (page.memory === NOTHING) continue;
    const id = idOf(kernel, host.life);
    const isKnown = unit?.copies.some((copy) => copy.kernel === id) === true;
    must('P13 the copy set has all who have a copy', isKnown, () => `kernel ${kernel} has page ${number}`);
    const mayWrite = (page.word & VM_PROT.WRITE) !== 0;
    must(
      'P13 who may write is the owner',
      !mayWrite || unit?.owner?.kernel === id,
      () => `kernel ${kernel}, page ${number}`,
    );
  }
}

function checkReturned(draft: Draft, number: number): void {
  const due = draft.seeBook().returned[number] ?? 0;
  if (due <= 0 || knownToPager(draft, number) >= due) return;
  must('no lost write: what was returned is kept', false, () => `version ${due} of page ${number}`);
}

/** The newest version that was returned, and is on its way, in the pager, or in its store or on its way there. */
export function knownToPager(draft: Draft, number: number): Version {
  let newest = Math.max(0, draft.seeStore().versions[number] ?? 0);
  const unit = draft.master < 0 ? undefined : draft.machines.masters.get(draft.master).units.get(number);
  for (const piece of unit?.returned ?? []) newest = Math.max(newest, piece.data[0] ?? 0);
  for (const piece of unit?.storing ?? []) newest = Math.max(newest, piece.data[0] ?? 0);
  for (const { first, data } of draft.seeStore().writes) newest = Math.max(newest, data[number - first] ?? 0);
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    for (const item of draft.up(kernel)) {
      const { message } = draft.parts.items.get(item);
      if (message?.kind === 'memory_object_data_return')
        newest = Math.max(newest, message.data[number - message.offset] ?? 0);
    }
  }
  return newest;
}
