import { VM_PROT } from '../../wire/index.ts';
import type { Machine } from '../machine.ts';
import { hasRoom, install, isReturnable } from '../pages.ts';
import { allow, send } from '../send.ts';
import type { MemoryObject } from '../state.ts';
import type { FromPager } from '../types.ts';

type DataSupply = Extract<FromPager, { kind: 'memory_object_data_supply' }>;

/** Whole pages come, asked for or not. At one that is there already it stops; those before it stay (P3). */
export function dataSupply(m: Machine, object: MemoryObject, message: DataSupply): void {
  const { pageBytes } = m.limits;
  const { offset, data, replyId } = message;
  if (!isValid(m, message)) return;
  let taken = 0;
  for (; taken < data.length; taken += pageBytes) {
    const page = (offset + taken) / pageBytes;
    if (object.pages.get(page)?.state === 'resident') break;
    const { lock, gen } = message;
    // Who takes nothing back cannot fill the room with what has to go back.
    const precious = message.precious && (isReturnable(m, object) || hasRoom(m, 1));
    const record = install(m, object, page, { data: data.subarray(taken, taken + pageBytes), lock, precious, gen });
    // Who reads on finds what was supplied ahead without a fault.
    allow(m, object, page, record, VM_PROT.READ & ~lock);
  }
  if (replyId === 0) return;
  const result = taken === data.length ? 0 : 'KERN_MEMORY_PRESENT';
  const errorOffset = result === 0 ? 0 : offset + taken;
  const reqId = replyId;
  send(m, object, { kind: 'memory_object_supply_completed', reqId, offset, length: data.length, result, errorOffset });
}

/** What is no such thing is ignored, and not acknowledged (P4). */
function isValid(m: Machine, { offset, data, lock }: DataSupply): boolean {
  const { pageBytes, objectBytes } = m.limits;
  return (
    lock <= VM_PROT.ALL &&
    offset % pageBytes === 0 &&
    data.length % pageBytes === 0 &&
    offset + data.length <= objectBytes
  );
}
