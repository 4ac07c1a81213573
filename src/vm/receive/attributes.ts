import { COPY_STRATEGY } from '../../wire/index.ts';
import { type Machine, stirPage } from '../machine.ts';
import { send } from '../send.ts';
import type { MemoryObject } from '../state.ts';
import { isUsed, startTermination } from '../terminate.ts';
import type { FromPager } from '../types.ts';

type Ready = Extract<FromPager, { kind: 'memory_object_ready' }>;
type ChangeAttributes = Extract<FromPager, { kind: 'memory_object_change_attributes' }>;

/** Sets the attributes and lets faults go on; an unknown strategy does neither. */
export function ready(m: Machine, object: MemoryObject, message: Ready): void {
  setAttributes(m, object, message);
}

/** If nobody uses the object and it may not be kept any more, `terminate` comes first (P16). */
export function changeAttributes(m: Machine, object: MemoryObject, message: ChangeAttributes): void {
  if (!setAttributes(m, object, message)) return;
  const { reqId, mayCache, copyStrategy } = message;
  if (!isUsed(object) && !m.rules.isKept(object)) {
    if (reqId !== 0) object.changes.push(reqId);
    startTermination(m, object);
  } else if (reqId !== 0) send(m, object, { kind: 'memory_object_change_completed', reqId, mayCache, copyStrategy });
}

function setAttributes(
  m: Machine,
  object: MemoryObject,
  { mayCache, copyStrategy }: Ready | ChangeAttributes,
): boolean {
  if (!Object.values<number>(COPY_STRATEGY).includes(copyStrategy)) return false;
  object.mayCache = mayCache;
  object.copyStrategy = copyStrategy;
  if (object.status !== 'starting') return true;
  object.status = 'ready';
  for (const page of object.waiters.keys()) stirPage(m, object, page);
  for (const copy of object.forming) object.queue.push({ kind: 'copy', copy });
  object.forming = [];
  return true;
}
