import type { FromKernel } from '../../src/pager/state.ts';
import { describe } from './describe.ts';
import { DEAD, type Draft } from './draft.ts';
import { beginJob, pagerDies, tellPager } from './pager-side.ts';
import { idOf } from './renaming.ts';
import { type Budget, NOTHING, type Version } from './parts.ts';
import type { Faults, Offer } from './bounds.ts';

/** What can happen at the pager and its store. */
export function stepsOfPager(seen: Draft, faults: Faults, offer: Offer): void {
  if (seen.master === DEAD) return;
  for (let kernel = 0; kernel < seen.kernels; kernel += 1) {
    const [item] = seen.up(kernel);
    if (item === undefined) continue;
    const { message } = seen.parts.items.get(item);
    offer(
      'progress',
      () => `the pager receives ${describe(message, `kernel ${kernel}`)}`,
      (draft) => receive(draft, kernel, faults),
    );
  }
  const store = seen.seeStore();
  const { left } = seen.seeBook();
  for (const { id, first, early } of store.reads) {
    const late = store.versions.slice(first, first + early.length);
    offer(
      'progress',
      () => `the store has read pages from ${first}`,
      (draft) => readDone(draft, id, late),
    );
    if (early.join() !== late.join()) {
      offer(
        'progress',
        () => `the store has read pages from ${first}, as they were`,
        (draft) => readDone(draft, id, early),
      );
    }
    if (left.readErrors > 0) {
      offer(
        'choice',
        () => `the store cannot read pages from ${first}`,
        (draft) => {
          draft.spend('readErrors');
          readDone(draft, id, 'error');
        },
      );
    }
  }
  for (const { id, first } of store.writes) {
    offer(
      'progress',
      () => `the store has written pages from ${first}`,
      (draft) => written(draft, id, true),
    );
    if (left.writeErrors > 0) {
      offer(
        'choice',
        () => `the store cannot write pages from ${first}`,
        (draft) => {
          draft.spend('writeErrors');
          written(draft, id, false);
        },
      );
    }
  }
  for (const job of store.flushes) {
    offer(
      'progress',
      () => 'the store has flushed',
      (draft) => {
        draft.store().flushes = store.flushes.filter((one) => one !== job);
        tellPager(draft, `flushed ${job}`, { do: 'flushed', job });
      },
    );
  }
  if (left.syncs > 0) choose('syncs', 'is asked to sync', (draft) => beginJob(draft, { do: 'sync' }));
  if (left.flushes > 0) choose('flushes', 'takes everything back', (draft) => beginJob(draft, { do: 'change' }));
  if (left.changes > 0) {
    choose('changes', 'lets nobody keep it unmapped', (draft) =>
      beginJob(draft, { do: 'setAttributes', mayCache: false }),
    );
  }
  if (left.pagerDeaths > 0) choose('pagerDeaths', 'dies', pagerDies);

  function choose(budget: keyof Budget, what: string, take: (draft: Draft) => void): void {
    offer(
      'choice',
      () => `the pager ${what}`,
      (draft) => {
        draft.spend(budget);
        take(draft);
      },
    );
  }
}

function receive(draft: Draft, kernel: number, faults: Faults): void {
  const [number, ...rest] = draft.up(kernel);
  if (number === undefined) return;
  draft.setUp(kernel, rest);
  const { life, message } = draft.parts.items.get(number);
  const id = idOf(kernel, life);
  if (message !== null)
    tellPager(draft, `receive ${id} ${number}`, { do: 'receive', kernel: id, message: message as FromKernel });
  else if (faults.deafToDeath !== true) tellPager(draft, `died ${id}`, { do: 'kernelDied', kernel: id });
}

function readDone(draft: Draft, id: number, found: readonly Version[] | 'error'): void {
  const store = draft.store();
  store.reads = store.reads.filter((read) => read.id !== id);
  const data = found === 'error' ? found : bytesOf(found);
  tellPager(draft, `read ${id} ${String(found)}`, { do: 'readDone', id, data });
}

function bytesOf(versions: readonly Version[]): Uint8Array | 'unavailable' {
  if (versions.every((version) => version === NOTHING)) return 'unavailable';
  return Uint8Array.from(versions, (version) => Math.max(0, version));
}

function written(draft: Draft, id: number, ok: boolean): void {
  const store = draft.store();
  const write = store.writes.find((one) => one.id === id);
  store.writes = store.writes.filter((one) => one !== write);
  if (ok && write !== undefined)
    for (const [index, version] of write.data.entries()) store.versions[write.first + index] = version;
  tellPager(draft, `written ${id} ${ok}`, { do: 'written', id, ok });
}
