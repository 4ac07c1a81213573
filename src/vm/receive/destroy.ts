import { cutOff } from '../cut-off.ts';
import type { Machine } from '../machine.ts';
import { send } from '../send.ts';
import type { MemoryObject } from '../state.ts';

/** The ports are detached at once; what is in memory stays there while it is mapped, and is never returned. */
export function destroy(m: Machine, object: MemoryObject): void {
  send(m, object, { kind: 'memory_object_terminate' });
  cutOff(m, object, 'destroyed');
}
