import type { Code, ErrorCode } from '../../errors.ts';
import { emit, type Machine } from '../machine.ts';
import { send } from '../send.ts';
import type { MemoryObject } from '../state.ts';
import { forgetIfIdle, hasPager, newPlace, placeAt } from './places.ts';
import type { SleepPlace } from './types.ts';

/**
 * This kernel is about to have sleepers there (lwkt.md §2.1, the mask of CPUs). They are prepared once its pager has answered: until then a
 * wakeup of another kernel need not have come here.
 */
export function listen(m: Machine, at: SleepPlace): 0 | 'asked' | ErrorCode {
  const object = m.state.objects.get(at.object);
  if (object === undefined) return 'KERN_MEMORY_ERROR';
  if (object.internal) {
    object.sleeps.isUsed = true;
    return 0;
  }
  if (!hasPager(object)) return 'KERN_MEMORY_ERROR';
  const place = newPlace(m, object, at);
  if (place === null) return 'KERN_RESOURCE_SHORTAGE';
  if (place.interest === 'there') return 0;
  if (place.interest !== 'none') return 'asked';
  object.lastReqId += 1;
  place.interest = object.lastReqId;
  const { offset, domain } = at;
  send(m, object, { kind: 'memory_object_interest', reqId: object.lastReqId, offset, domain });
  return 'asked';
}

/** The pager has answered. */
export function listened(
  m: Machine,
  object: MemoryObject,
  at: Omit<SleepPlace, 'object'>,
  reqId: number,
  code: Code,
): void {
  const place = placeAt(object, at);
  if (place?.interest !== reqId) return;
  place.interest = code === 0 ? 'there' : 'none';
  const { offset, domain } = place;
  forgetIfIdle(m, object, place);
  emit(m, { type: 'listening', object: object.id, offset, domain, code });
}

/** Nobody sleeps there, nor is about to: wakeups of other kernels need not come any more. */
export function ignore(m: Machine, at: SleepPlace): void {
  const object = m.state.objects.get(at.object);
  const place = object === undefined ? undefined : placeAt(object, at);
  if (object === undefined || place?.interest !== 'there') return;
  place.interest = 'none';
  forgetIfIdle(m, object, place);
  const { offset, domain } = at;
  send(m, object, { kind: 'memory_object_woken_completed', reqId: 0, offset, domain, woke: false, sleeps: false });
}

/** Nobody hears of wakeups there any more, nor tells of any: the object ends, or its pager has gone. */
export function endSleeps(m: Machine, object: MemoryObject, code: ErrorCode): void {
  const { places, tellsAll, isUsed, awaitsRoom } = object.sleeps;
  m.state.sleepPlaces -= places.size;
  const asked = [...places.values()].filter(({ interest }) => typeof interest === 'number');
  Object.assign(object.sleeps, { places: new Map(), tellsAll: false, isUsed: false, awaitsRoom: false });
  for (const { offset, domain } of asked) emit(m, { type: 'listening', object: object.id, offset, domain, code });
  if (awaitsRoom) emit(m, { type: 'wakeupRoom', object: object.id });
  if (places.size > 0 || tellsAll || isUsed) emit(m, { type: 'sleepsOver', object: object.id });
}
