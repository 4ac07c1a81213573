import { VM_PROT } from '../../src/wire/index.ts';
import type { FromPager } from '../../src/vm/index.ts';
import { describe } from './describe.ts';
import { DEAD, type Draft } from './draft.ts';
import { knownToPager } from './invariants.ts';
import { map, revoked, tell, write } from './kernel-side.ts';
import { isInUse, pageOf } from './pages.ts';
import { type Budget, type Host, newPage, NOTHING } from './parts.ts';
import { must } from './rules.ts';
import type { Bounds, Faults, Offer } from './bounds.ts';
import { watchReceived } from './watch-kernel.ts';

/** What can happen at a kernel, and to the tasks there. */
export function stepsOfKernel(seen: Draft, kernel: number, bounds: Bounds, faults: Faults, offer: Offer): void {
  const host = seen.seeHost(kernel);
  if (!host.alive) return;
  const { left } = seen.seeBook();
  stepsOfHost(seen, kernel, bounds, faults, offer);
  for (let page = 0; page < bounds.pages; page += 1) accesses(host, kernel, page, left, offer);
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
        spend(draft, 'congestions');
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

function stepsOfHost(seen: Draft, kernel: number, bounds: Bounds, faults: Faults, offer: Offer): void {
  const host = seen.seeHost(kernel);
  const [item] = seen.down(kernel);
  const machine = seen.machines.vms.get(seen.vm(kernel)).objects.get(host.object);
  const isBusy = bounds.holdsBack && machine !== undefined && machine.current !== null;
  if (item !== undefined && !isBusy) {
    const { message } = seen.parts.items.get(item);
    offer(
      'progress',
      () => `kernel ${kernel} receives ${describe(message, 'the pager')}`,
      (draft) => receive(draft, kernel, faults),
    );
  }
  for (const [page, { pin, revoking }] of host.pages.entries()) {
    if (pin !== 0) {
      offer(
        'progress',
        () => `kernel ${kernel}: a task is done with page ${page}`,
        (draft) => endAccess(draft, kernel, page),
      );
    }
    if (revoking && (faults.answersEarly === true || !isInUse(pageOf(host, page)))) {
      offer(
        'progress',
        () => `kernel ${kernel}: no task uses page ${page} any more`,
        (draft) => revoked(draft, kernel, page),
      );
    }
  }
}

function accesses(host: Readonly<Host>, kernel: number, number: number, left: Readonly<Budget>, offer: Offer): void {
  const page = pageOf(host, number);
  const call = host.calls.indexOf(null);
  for (const isWrite of [false, true]) {
    const access = isWrite ? VM_PROT.READ | VM_PROT.WRITE : VM_PROT.READ;
    const budget = isWrite ? 'writes' : 'reads';
    const what = isWrite ? 'writes' : 'reads';
    if (!host.mapped || left[budget] === 0) continue;
    if ((access & ~page.word) !== 0) {
      if (call < 0) continue;
      const take = (draft: Draft): void => fault(draft, kernel, number, isWrite, call + 1);
      offer('choice', () => `kernel ${kernel}: a task that ${what} page ${number} has to ask`, take);
      continue;
    }
    if (isWrite) {
      offer(
        'choice',
        () => `kernel ${kernel}: a task writes page ${number}`,
        (draft) => {
          spend(draft, budget);
          pageOf(draft.host(kernel), number).dirty = true;
          write(draft, draft.host(kernel), number);
        },
      );
    }
    if (page.pin !== 0 || left.pins === 0) continue;
    offer(
      'choice',
      () => `kernel ${kernel}: a task begins, and ${what} page ${number}`,
      (draft) => {
        spend(draft, 'pins');
        spend(draft, budget);
        pageOf(draft.host(kernel), number).pin = access;
      },
    );
  }
  if (left.evictions > 0 && page.memory !== NOTHING) {
    offer(
      'choice',
      () => `kernel ${kernel} evicts page ${number}`,
      (draft) => {
        spend(draft, 'evictions');
        const { object } = draft.seeHost(kernel);
        tell(draft, kernel, `evict ${object} ${number}`, { do: 'evict', object, page: number });
      },
    );
  }
}

function receive(draft: Draft, kernel: number, faults: Faults): void {
  const [item, ...rest] = draft.down(kernel);
  if (item === undefined) return;
  draft.setDown(kernel, rest);
  const { message } = draft.parts.items.get(item);
  const host = draft.host(kernel);
  const { object } = host;
  if (message === null) {
    host.cutOff = true;
    const hears = object !== 0 && faults.deafToPagersDeath !== true;
    if (hears) tell(draft, kernel, `died ${object}`, { do: 'pagerDied', object });
    return;
  }
  watchReceived(host, message as FromPager);
  tell(draft, kernel, `receive ${object} ${item}`, { do: 'receive', object, message: message as FromPager });
}

/** A write's bytes are all there at the end of the access, at the latest possible time. */
function endAccess(draft: Draft, kernel: number, number: number): void {
  const host = draft.host(kernel);
  const page = pageOf(host, number);
  if ((page.pin & VM_PROT.WRITE) !== 0) {
    page.dirty = true;
    write(draft, host, number);
  }
  page.pin = 0;
}

function congest(draft: Draft, kernel: number, congested: boolean): void {
  const host = draft.host(kernel);
  host.congested = congested;
  const { object } = host;
  if (object !== 0) tell(draft, kernel, `congested ${object} ${congested}`, { do: 'congested', object, congested });
}

function fault(draft: Draft, kernel: number, page: number, isWrite: boolean, call: number): void {
  spend(draft, isWrite ? 'writes' : 'reads');
  const host = draft.host(kernel);
  host.calls[call - 1] = { page, write: isWrite };
  const code = tell(draft, kernel, `access ${call} ${page} ${isWrite}`, { do: 'access', call, page, write: isWrite });
  if (code === 'waiting') return;
  const mayFail = code === 'KERN_MEMORY_ERROR' && host.cutOff;
  must('§1.4 who fails, fails for a reason', code === 0 || mayFail, () => `${code} in kernel ${kernel}`);
  host.calls[call - 1] = null;
}

function unmap(draft: Draft, kernel: number): void {
  spend(draft, 'unmaps');
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
  spend(draft, 'kernelDeaths');
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
    let newest = knownToPager(draft, page);
    for (let other = 0; other < draft.kernels; other += 1) {
      newest = Math.max(newest, pageOf(draft.seeHost(other), page).memory);
    }
    book.latest[page] = newest;
    for (const job of book.jobs) if (page < job.due.length) job.due[page] = Math.min(job.due[page] ?? 0, newest);
  }
}

function spend(draft: Draft, what: keyof Budget): void {
  draft.book().left[what] -= 1;
}
