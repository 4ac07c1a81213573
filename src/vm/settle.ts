import { trim } from './cache.ts';
import { finishCopy, startCopy } from './copying.ts';
import { cutOff } from './cut-off.ts';
import { goOn, serve } from './faults.ts';
import { arrived } from './futex/arrived.ts';
import { hasFutexesOut } from './futex/leave.ts';
import { takeLeave } from './futex/tell.ts';
import { finishLockRequest } from './lock-request.ts';
import { type Machine, pageOf } from './machine.ts';
import { dispatch } from './receive/table.ts';
import type { MemoryObject, Operation, Queued } from './state.ts';
import { finishTermination, introduce, release } from './terminate.ts';
import type { ObjectId } from './types.ts';

/** At the end of every call: everybody goes on who can. */
export function settle(m: Machine): void {
  while (runStirred(m)) if (!isStirred(m)) trim(m);
}

/** What has come is seen by those who wait for it before it can be taken away again. */
function runStirred(m: Machine): boolean {
  if (!isStirred(m)) return false;
  const { stirredPages, stirredObjects } = m.state;
  Object.assign(m.state, { stirredPages: [], stirredObjects: [] });
  takeLeave(m);
  for (const key of stirredPages) {
    const { object, page } = pageOf(m, key);
    if (object !== undefined) serve(m, object, page);
  }
  const { arrivedCalls } = m.state;
  m.state.arrivedCalls = [];
  for (const id of arrivedCalls) arrived(m, id);
  for (const id of new Set(stirredObjects)) advance(m, id);
  return true;
}

function isStirred({ state }: Machine): boolean {
  const { stirredPages, stirredObjects, arrivedCalls, withdrawn } = state;
  return [stirredPages, stirredObjects, arrivedCalls, withdrawn].some((stirred) => stirred.length > 0);
}

/** What is queued for the object, one after the other; and its end, when nobody uses it. */
function advance(m: Machine, id: ObjectId): void {
  const object = m.state.objects.get(id);
  if (object === undefined) return;
  introduce(m, object);
  while (m.state.objects.has(id)) {
    const { current } = object;
    if (current !== null) {
      // A futex that was asked for would be granted to nobody (pager.md §2.5, 10).
      if (current.waits.size > 0 || (current.what.kind === 'terminate' && hasFutexesOut(object))) return;
      object.current = null;
      finish(m, object, current.what);
      continue;
    }
    const next = object.queue.shift();
    if (next !== undefined) {
      start(m, object, next);
      continue;
    }
    goOn(m, object);
    release(m, object);
    if (object.current === null) return;
  }
}

function start(m: Machine, object: MemoryObject, next: Queued): void {
  if (next.kind === 'copy') return startCopy(m, object, next.copy);
  if (next.kind === 'died') return cutOff(m, object, 'dead');
  if (object.status === 'starting' || object.status === 'ready') dispatch(m, object, next.message.kind, next.message);
}

function finish(m: Machine, object: MemoryObject, what: Operation['what']): void {
  if (what.kind === 'lock') finishLockRequest(m, object, what.request);
  else if (what.kind === 'copy') finishCopy(m, object, what.copy);
  else finishTermination(m, object);
}
