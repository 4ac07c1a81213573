import { listened } from '../sleep/listen.ts';
import { interestElsewhere, wokenElsewhere } from '../sleep/wakeups.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { FromPager } from '../types.ts';

type Of<K extends FromPager['kind']> = Extract<FromPager, { kind: K }>;

export function interestCompleted(
  m: Machine,
  object: MemoryObject,
  message: Of<'memory_object_interest_completed'>,
): void {
  const { code } = message;
  listened(m, object, message, message.reqId, code === 'blocked' || code === 'waiting' ? 'KERN_MEMORY_ERROR' : code);
}

export function interestIsElsewhere(
  m: Machine,
  object: MemoryObject,
  message: Of<'memory_object_interest_elsewhere'>,
): void {
  interestElsewhere(m, object, message, message.reqId, message.on);
}

export function woken(m: Machine, object: MemoryObject, message: Of<'memory_object_woken'>): void {
  wokenElsewhere(m, object, message, message.reqId, message.one);
}
