import type { Offer } from './bounds.ts';
import { DEAD, type Draft } from './draft.ts';
import { knownToPager } from './invariants.ts';
import { map, tell } from './kernel-side.ts';
import { pageOf } from './pages.ts';
import { type Budget, type Host, newPage, NOTHING, type Version } from './parts.ts';
import { must } from './rules.ts';

/** What can happen to a kernel as a whole, and to the object there. */
export function stepsOfLife(host: Readonly<Host>, kernel: number, left: Readonly<Budget>, offer: Offer): void {
  if (host.mapped && left.unmaps > 0)
    offer(
      'choice',
      () => `kernel ${kernel}: the object is unmapped`,
      (draft) => unmap(draft, kernel),
    );
  if (host.congested) {
    offer(
      'progress',
      () => `kernel ${kernel}: the pager takes what goes back again`,
      (draft) => congest(draft, kernel, false),
    );
  } else if (host.object !== 0 && left.congestions > 0) {
    offer(
      'choice',
      () => `kernel ${kernel}: the pager does not take what goes back`,
      (draft) => {
        draft.spend('congestions');
        congest(draft, kernel, true);
      },
    );
  }
  if (!host.mapped && !host.cutOff)
    offer(
      'choice',
      () => `kernel ${kernel}: the object is mapped again`,
      (draft) => map(draft, kernel),
    );
  if (left.kernelDeaths > 0)
    offer(
      'choice',
      () => `kernel ${kernel} dies`,
      (draft) => die(draft, kernel),
    );
}

function congest(draft: Draft, kernel: number, congested: boolean): void {
  const host = draft.host(kernel);
  host.congested = congested;
  const { object } = host;
  if (object !== 0) tell(draft, kernel, `congested ${object} ${congested}`, { do: 'congested', object, congested });
}

function unmap(draft: Draft, kernel: number): void {
  draft.spend('unmaps');
  const host = draft.host(kernel);
  host.mapped = false;
  const before = draft.machines.vms.get(draft.vm(kernel)).objects.get(host.object);
  const isKept = before?.status === 'ready' && before.mayCache && host.pages.some(({ memory }) => memory !== NOTHING);
  tell(draft, kernel, 'unmap', { do: 'unmap' });
  const after = draft.machines.vms.get(draft.vm(kernel)).objects.get(host.object);
  if (before?.current !== null) return;
  must(
    'P14 what may be kept is kept, and nothing else',
    (after?.status === 'ready') === isKept,
    () => `kernel ${kernel}`,
  );
}

/** What it sent before is received before its death (R0.6). Writes that it did not return are lost (§1.4). */
function die(draft: Draft, kernel: number): void {
  draft.spend('kernelDeaths');
  const host = draft.host(kernel);
  if (host.introduced && draft.master !== DEAD) draft.pushUp(kernel, { life: host.life, message: null });
  Object.assign(host, {
    alive: false,
    object: 0,
    mapped: false,
    introduced: false,
    ready: false,
    congested: false,
    cutOff: false,
  });
  host.pages = host.pages.map(newPage);
  host.calls = host.calls.map(() => null);
  draft.setVm(kernel, DEAD);
  draft.setDown(kernel, []);
  const book = draft.book();
  for (let page = 0; page < book.latest.length; page += 1) {
    const newest = newestLeft(draft, page);
    book.latest[page] = newest;
    for (const job of book.jobs) if (page < job.due.length) job.due[page] = Math.min(job.due[page] ?? 0, newest);
  }
}

/** The newest version that is not lost: it is with the pager, with another kernel, or on its way to one. */
function newestLeft(draft: Draft, page: number): Version {
  let newest = knownToPager(draft, page);
  for (let kernel = 0; kernel < draft.kernels; kernel += 1) {
    newest = Math.max(newest, pageOf(draft.seeHost(kernel), page).memory);
    for (const item of draft.down(kernel)) {
      const { message } = draft.parts.items.get(item);
      if (message?.kind === 'memory_object_data_supply') {
        newest = Math.max(newest, message.data[page - message.offset] ?? 0);
      }
    }
  }
  return newest;
}
