import type { ToKernel } from '../../src/pager/state.ts';
import type { FromPager } from '../../src/vm/index.ts';
import type { Bounds, Faults, Offer } from './bounds.ts';
import { describe } from './describe.ts';
import type { Draft } from './draft.ts';
import { revoked, tell } from './kernel-side.ts';
import { isInUse, pageOf } from './pages.ts';
import { type Budget, type Host, NOTHING } from './parts.ts';
import { stepsOfLife } from './steps-life.ts';
import { stepsOfTasks } from './steps-task.ts';
import { watchReceived } from './watch-kernel.ts';

/** What can happen at a kernel, and to the tasks there. */
export function stepsOfKernel(seen: Draft, kernel: number, bounds: Bounds, faults: Faults, offer: Offer): void {
  const host = seen.seeHost(kernel);
  if (!host.alive) return;
  const { left } = seen.seeBook();
  stepsOfHost(seen, kernel, faults, offer);
  for (let page = 0; page < bounds.pages; page += 1) {
    stepsOfTasks(host, kernel, page, left, offer);
    evicts(host, kernel, page, left, offer);
  }
  stepsOfLife(host, kernel, left, offer);
}

function stepsOfHost(seen: Draft, kernel: number, faults: Faults, offer: Offer): void {
  const host = seen.seeHost(kernel);
  const [item] = seen.down(kernel);
  if (item !== undefined) {
    const { message } = seen.parts.items.get(item);
    offer(
      'progress',
      () => `kernel ${kernel} receives ${describe(message, 'the pager')}`,
      (draft) => receive(draft, kernel, faults),
    );
  }
  for (const [page, { revoking }] of host.pages.entries()) {
    if (revoking && (faults.answersEarly === true || !isInUse(pageOf(host, page)))) {
      offer(
        'progress',
        () => `kernel ${kernel}: no task uses page ${page} any more`,
        (draft) => revoked(draft, kernel, page),
      );
    }
  }
}

function evicts(host: Readonly<Host>, kernel: number, number: number, left: Readonly<Budget>, offer: Offer): void {
  const page = pageOf(host, number);
  if (left.evictions > 0 && page.memory !== NOTHING) {
    offer(
      'choice',
      () => `kernel ${kernel} evicts page ${number}`,
      (draft) => {
        draft.spend('evictions');
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
  watchReceived(host, message as ToKernel);
  tell(draft, kernel, `receive ${object} ${item}`, { do: 'receive', object, message: message as FromPager });
}
