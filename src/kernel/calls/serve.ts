import type { Code } from '../../errors.ts';
import { dequeued } from '../admit.ts';
import { push } from '../deliver.ts';
import { emit } from '../effects.ts';
import { takeBack } from '../hand-back.ts';
import { findReceive } from '../lookup.ts';
import { isServed } from '../port.ts';
import { uncharge } from '../queue.ts';
import type { Port, PortSet, Space } from '../records.ts';
import { consume, portOfRight } from '../right.ts';
import { leaveSet } from '../set.ts';
import type { State } from '../state.ts';
import type { Name, Result } from '../types.ts';
import { endReceives } from '../waiters.ts';

/** From now on messages are pushed. Receives that wait on the port or set end as if it had joined a set (mach.md §8). */
export function serve(state: State, space: Space, { name }: { name: Name }): Result {
  const entry = space.entries.get(name);
  if (entry?.kind === 'set') return serveSet(state, entry);
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  if (port.set !== null) return { code: 'MACH_RCV_IN_SET' };
  port.serving = true;
  endReceives(state, port.waiting, 'MACH_RCV_PORT_CHANGED');
  state.stirred.push(port);
  return { code: 0 };
}

/** What is queued is pushed by arrival, but for members whose window is full; what comes later, as it comes. */
function serveSet(state: State, set: PortSet): Result {
  set.serving = true;
  endReceives(state, set.waiting, 'MACH_RCV_PORT_CHANGED');
  for (const message of [...set.arrivals]) {
    const { owner } = portOfRight(message.dest);
    if (owner.kind === 'task') push(state, owner.entry);
  }
  return { code: 0 };
}

export function taken(state: State, space: Space, { name, count }: { name: Name; count: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  if (!isDelivered(port, count)) return { code: 'KERN_INVALID_VALUE' };
  take(state, space, port, count);
  state.stirred.push(port);
  return { code: 0 };
}

/** Not a task's to ask: the receive right is about to go elsewhere. What was pushed before is on its way and is handed back too. */
export function drain(state: State, space: Space, name: Name): Code {
  const found = findReceive(space, name);
  if ('code' in found) return found.code;
  const { port } = found.entry;
  if (!isServed(port) || port.draining) return 'KERN_INVALID_ARGUMENT';
  port.draining = true;
  emit(state, space, { type: 'drain', task: space.id, name });
  return 0;
}

/** The task's answer to `drain`, or its own wish to stop. */
export function drained(state: State, space: Space, { name, taken: count }: { name: Name; taken: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  if (!isServed(port)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (!isDelivered(port, count)) return { code: 'KERN_INVALID_VALUE' };
  leaveSet(port);
  port.serving = false;
  port.draining = false;
  take(state, space, port, count);
  takeBack(state, space, port, 'untouched');
  return { code: 0, value: port.seqno };
}

function isDelivered(port: Port, count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= port.delivered.size;
}

/** The oldest `count` delivered messages have left the queue at last. */
function take(state: State, space: Space, port: Port, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const message = port.delivered.shift();
    if (message === undefined) return;
    port.seqno = (port.seqno + 1) >>> 0;
    uncharge(message);
    dequeued(state, port);
    consume(state, message.dest);
    if (message.tellTaken) emit(state, space, { type: 'taken', task: space.id, payload: message.payload });
  }
}
