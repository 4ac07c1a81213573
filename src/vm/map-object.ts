import type { Code } from '../errors.ts';
import { addRegion } from './address-map.ts';
import { answer, begin } from './calls.ts';
import { beginCopy } from './copying.ts';
import { type Machine, stirObject } from './machine.ts';
import { hasObjectRoom } from './object-room.ts';
import { findPlace, type Placement } from './place.ts';
import { isNumber, isProtection, upTo } from './range.ts';
import { settle } from './settle.ts';
import { newObject } from './new-state.ts';
import type { MemoryObject } from './state.ts';
import { isUsed } from './terminate.ts';
import type { Access, ObjectId, TaskId } from './types.ts';

export type Mapping = Placement & {
  object: ObjectId | null;
  offset: number;
  copy: boolean;
  protection: Access;
  maximum: Access;
};
export type Mapped = { code: Code | 'waiting'; address: number };

/** Maps an object, or zeros, or a copy, which waits until it has been made. */
export function mapObject(m: Machine, task: TaskId, call: number, mapping: Mapping): Mapped {
  const object = mapping.object === null ? null : m.state.objects.get(mapping.object);
  // One that nobody uses in the end has been made for nothing.
  if (object !== undefined && object !== null) stirObject(m, object);
  const size = upTo(mapping.size, m.limits.pageBytes);
  if (object === undefined || !isSound(m, mapping, size)) return refused(m, 'KERN_INVALID_ARGUMENT');
  const address = findPlace(m, task, { ...mapping, size });
  if (typeof address === 'string') return refused(m, address);

  const isOneMore = object === null || mapping.copy || !isUsed(object);
  if (isOneMore && !hasObjectRoom(m, object)) return refused(m, 'KERN_RESOURCE_SHORTAGE');

  const { protection, maximum, offset } = mapping;
  const region = { address, size, protection, maximum };
  if (object === null || !mapping.copy) {
    const mapped: MemoryObject = object ?? newObject(m.state, 'internal', true, size);
    addRegion(m, task, { ...region, object: mapped.id, offset: object === null ? 0 : offset });
    settle(m);
    return { code: 0, address };
  }
  const copy = beginCopy(m, object, offset, size);
  addRegion(m, task, { ...region, object: copy.id, offset: 0 });
  const waiting = begin(m, { id: call, task, address, size, access: 0, copy: copy.id }, []);
  settle(m);
  const code = answer(m, waiting);
  return { code, address: code === 0 || code === 'waiting' ? address : 0 };
}

function refused(m: Machine, code: Code): Mapped {
  settle(m);
  return { code, address: 0 };
}

function isSound(m: Machine, { address, size, offset, object, protection, maximum }: Mapping, whole: number): boolean {
  const { pageBytes, objectBytes } = m.limits;
  const start = object === null ? 0 : offset;
  return (
    [address, size, start].every(isNumber) &&
    size > 0 &&
    start % pageBytes === 0 &&
    start + whole <= objectBytes &&
    isProtection(protection) &&
    isProtection(maximum) &&
    (protection & ~maximum) === 0
  );
}
