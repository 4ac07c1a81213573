import { COPY_STRATEGY } from '../wire/index.ts';
import { detach } from './copies.ts';
import { giveBackFutexes, wakeStranded } from './futex/leave.ts';
import { forgetFutexes } from './futex/records.ts';
import { hold } from './hold.ts';
import { emit, type Machine } from './machine.ts';
import { drop, remove, residentPages } from './pages.ts';
import { newQueue } from './queue.ts';
import { giveBack, send } from './send.ts';
import { endSleeps } from './sleep/listen.ts';
import type { MemoryObject, Resident } from './state.ts';

/** First of all for a pager (P1). */
export function introduce(m: Machine, object: MemoryObject): void {
  if (!m.rules.needsInit(object) || !isUsed(object)) return;
  object.status = 'starting';
  send(m, object, { kind: 'memory_object_init', pageSize: m.limits.pageBytes });
}

/** What comes of an object that nobody uses any more (P14). */
export function release(m: Machine, object: MemoryObject): void {
  if (isUsed(object) || m.rules.isKept(object)) return;
  if (object.status === 'starting' || object.status === 'ready') startTermination(m, object);
  else forget(m, object);
}

/** Every page that its pager has to have goes back, once no task is in the middle of an access. */
export function startTermination(m: Machine, object: MemoryObject): void {
  object.status = 'terminating';
  detach(m, object);
  for (const [page, { state }] of object.pages) if (state !== 'resident') remove(m, object, page);
  object.backlog = newQueue();
  const waits = hold(m, object, residentPages(object, 0, Infinity), () => 0);
  object.current = { what: { kind: 'terminate' }, waits };
  giveBackFutexes(m, object);
  // Nobody has it mapped; its pager forgets what this kernel wanted to hear of.
  endSleeps(m, object, 'KERN_INVALID_ADDRESS');
}

/** If it is mapped again meanwhile, its next `init` comes after this (P15). */
export function finishTermination(m: Machine, object: MemoryObject): void {
  const pages = residentPages(object, 0, Infinity);
  giveBack(
    m,
    object,
    pages.filter(([, record]) => isOfWorth(object, record)),
    0,
    false,
  );
  for (const [page] of pages) (isUsed(object) ? remove : drop)(m, object, page);
  send(m, object, { kind: 'memory_object_terminate' });
  const { mayCache, copyStrategy, changes } = object;
  for (const reqId of changes)
    send(m, object, { kind: 'memory_object_change_completed', reqId, mayCache, copyStrategy });
  // What its pager said is over; that it died is not.
  const queue = object.queue.filter(({ kind }) => kind === 'died');
  Object.assign(object, { status: 'new', mayCache: false, copyStrategy: COPY_STRATEGY.NONE, changes: [], queue });
  introduce(m, object);
  if (!isUsed(object)) forget(m, object);
}

export function isUsed(object: MemoryObject): boolean {
  return object.mapped > 0 || object.copies.size > 0;
}

/** Its memory and its ports can go. */
function forget(m: Machine, object: MemoryObject): void {
  detach(m, object);
  for (const page of object.pages.keys()) drop(m, object, page);
  wakeStranded(m, object);
  endSleeps(m, object, 'KERN_INVALID_ADDRESS');
  forgetFutexes(m, object);
  m.state.objects.delete(object.id);
  emit(m, { type: 'forget', object: object.id });
}

/** Changes of an object that is only there for a while need never go back (P17, TEMPORARY); precious pages do. */
function isOfWorth(object: MemoryObject, record: Resident): boolean {
  const isTemporary = object.internal || object.copyStrategy === COPY_STRATEGY.TEMPORARY;
  return record.precious || (record.dirty && !isTemporary);
}
