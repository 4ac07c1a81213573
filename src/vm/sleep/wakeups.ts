import { emit, type Machine } from '../machine.ts';
import { send } from '../send.ts';
import type { MemoryObject } from '../state.ts';
import { forgetIfIdle, hasPager, newPlace, placeAt } from './places.ts';
import type { SleepPlace } from './types.ts';

type At = Omit<SleepPlace, 'object'>;

/**
 * A task of this kernel wakes all, or one of whom there is none here: other kernels that have sleepers are told, by way of the pager. False:
 * that leaves too much lie to be told more; `wakeupRoom` follows.
 */
export function wakeup(m: Machine, at: SleepPlace, one: boolean): boolean {
  const object = m.state.objects.get(at.object);
  if (object === undefined || !isElsewhere(object, at)) return true;
  if (object.congested) {
    object.sleeps.awaitsRoom = true;
    return false;
  }
  const { offset, domain } = at;
  send(m, object, { kind: 'memory_object_wakeup', offset, domain, one });
  return true;
}

/** Whether other kernels may have sleepers there. If not, nobody is told of a wakeup: who prepares anywhere is heard of here first. */
function isElsewhere(object: MemoryObject, at: At): boolean {
  return hasPager(object) && (object.sleeps.tellsAll || placeAt(object, at)?.isElsewhere === true);
}

/** The pager says so. Its next message comes after the answer, which comes after all here go by it: the effects are in order. */
export function interestElsewhere(m: Machine, object: MemoryObject, at: At, reqId: number, isOn: boolean): void {
  const { offset, domain } = at;
  const place = isOn ? newPlace(m, object, at) : placeAt(object, at);
  if (place === null) tellAll(m, object);
  else if (place !== undefined) {
    place.isElsewhere = isOn;
    forgetIfIdle(m, object, place);
    emit(m, { type: 'interest', object: object.id, offset, domain, isOn });
  }
  send(m, object, { kind: 'memory_object_interest_noted', reqId, offset, domain });
}

/** What a pager says without end must not be remembered without end, here or by the host. */
function tellAll(m: Machine, object: MemoryObject): void {
  if (object.sleeps.tellsAll) return;
  object.sleeps.tellsAll = true;
  emit(m, { type: 'interestEverywhere', object: object.id });
}

/** A task of another kernel wakes those who sleep here. */
export function wokenElsewhere(m: Machine, object: MemoryObject, at: At, reqId: number, one: boolean): void {
  const { offset, domain } = at;
  // It has crossed the answer that nobody sleeps here.
  if ((placeAt(object, at)?.interest ?? 'none') === 'none') return completed(m, object, at, reqId, false, false);
  emit(m, { type: 'wokenElsewhere', object: object.id, offset, domain, one, reqId });
}

/** What came of it here. `sleeps`: it found somebody, or there are others. */
export function wakeupDone(m: Machine, at: SleepPlace, reqId: number, woke: boolean, sleeps: boolean): void {
  const object = m.state.objects.get(at.object);
  if (object === undefined || !hasPager(object)) return;
  const place = placeAt(object, at);
  // Who is about to sleep waits for the answer to a request that is on its way, and is there whatever the host has in its queue.
  const isHeard = woke || sleeps || typeof place?.interest === 'number';
  if (!isHeard && place !== undefined) {
    place.interest = 'none';
    forgetIfIdle(m, object, place);
  }
  completed(m, object, at, reqId, woke, isHeard);
}

/** The pager takes what it is told again. */
export function tellRoom(m: Machine, object: MemoryObject): void {
  if (!object.sleeps.awaitsRoom) return;
  object.sleeps.awaitsRoom = false;
  emit(m, { type: 'wakeupRoom', object: object.id });
}

function completed(
  m: Machine,
  object: MemoryObject,
  { offset, domain }: At,
  reqId: number,
  woke: boolean,
  sleeps: boolean,
): void {
  send(m, object, { kind: 'memory_object_woken_completed', reqId, offset, domain, woke, sleeps });
}
