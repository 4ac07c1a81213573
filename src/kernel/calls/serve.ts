import type { Code } from '../../errors.ts';
import { emit } from '../effects.ts';
import { handBack } from '../hand-back.ts';
import { findReceive } from '../lookup.ts';
import { admitBlocked, uncharge } from '../queue.ts';
import type { Port, Space } from '../records.ts';
import { consume } from '../right.ts';
import type { State } from '../state.ts';
import type { Name, Result } from '../types.ts';

/** From now on messages are pushed. Receives that wait on the port end as if it had joined a set (mach.md §8). */
export function serve(state: State, space: Space, { name }: { name: Name }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  port.serving = true;
  for (let waiter = port.waiting.shift(); waiter !== undefined; waiter = port.waiting.shift()) {
    const { receiveId } = waiter;
    space.receives.delete(receiveId);
    emit(state, space, { type: 'received', task: space.id, receiveId, code: 'MACH_RCV_PORT_CHANGED' });
  }
  state.stirred.push(port);
  return { code: 0 };
}

export function taken(state: State, space: Space, { name, count }: { name: Name; count: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  if (!isDelivered(port, count)) return { code: 'KERN_INVALID_VALUE' };
  take(state, port, count);
  state.stirred.push(port);
  return { code: 0 };
}

/** Not a task's to ask: the receive right is about to go elsewhere. What was pushed before is on its way and is handed back too. */
export function drain(state: State, space: Space, name: Name): Code {
  const found = findReceive(space, name);
  if ('code' in found) return found.code;
  const { port } = found.entry;
  if (!port.serving || port.draining) return 'KERN_INVALID_ARGUMENT';
  port.draining = true;
  emit(state, space, { type: 'drain', task: space.id, name });
  return 0;
}

/** Hands the rest back from the youngest on, so each goes to the head of the queue and the order stays. */
export function drained(state: State, space: Space, { name, taken: count }: { name: Name; taken: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  if (!port.serving) return { code: 'KERN_INVALID_ARGUMENT' };
  if (!isDelivered(port, count)) return { code: 'KERN_INVALID_VALUE' };
  port.serving = false;
  port.draining = false;
  take(state, port, count);
  for (let message = port.delivered.pop(); message !== undefined; message = port.delivered.pop()) {
    handBack(state, space, message);
    port.queue.unshift(message);
  }
  return { code: 0, value: port.seqno };
}

function isDelivered(port: Port, count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= port.delivered.size;
}

/** The oldest `count` delivered messages have left the queue at last. */
function take(state: State, port: Port, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const message = port.delivered.shift();
    if (message === undefined) return;
    port.seqno = (port.seqno + 1) >>> 0;
    uncharge(message);
    admitBlocked(state, port);
    consume(state, message.dest);
  }
}
