import { dequeued } from './admit.ts';
import { fits } from './copyout.ts';
import { endPort } from './death.ts';
import { emit } from './effects.ts';
import { give } from './give.ts';
import { isServed } from './port.ts';
import { dequeue } from './queue.ts';
import type { Port, PortEntry, Space, Waiter } from './records.ts';
import { destroyMessage } from './right.ts';
import type { State } from './state.ts';
import { nextOf, takeNext } from './take-next.ts';
import type { Received } from './take-next.ts';

/**
 * Ends what the calls so far have doomed and hands out what they have queued: to waiting receivers, or to the task that serves the
 * port. Each frees rights, which queues notifications and dooms ports, which hands out again: loops here instead of a recursion
 * everywhere, that a chain of ports in each other's queues could make as deep as it likes.
 */
export function settle(state: State): void {
  endDoomed(state);
  for (const port of state.stirred) while (handOut(state, port)) endDoomed(state);
  state.stirred.length = 0;
}

function endDoomed(state: State): void {
  for (let port = state.doomed.shift(); port !== undefined; port = state.doomed.shift()) endPort(state, port);
}

/** One message. False: there is none, or nobody to have it now. */
function handOut(state: State, port: Port): boolean {
  if (port.queue.head === null || port.owner.kind !== 'task') return false;
  const { entry } = port.owner;
  if (isServed(port)) return push(state, entry);
  if (isHeldBack(state, entry)) return false;
  const from = port.set ?? port;
  const next = nextOf(from);
  const waiter = next && from.waiting.shift();
  if (next === undefined || waiter === undefined) return false;
  endWait(state, waiter, takeNext(state, next, waiter));
  return true;
}

/**
 * Delivers the message at the head ahead of the task's `taken`. The rights in it are the task's at once; its destination right,
 * its place in the queue and its charge stay until then, so that the limit, no-senders and a hand-back mean what they say.
 */
export function push(state: State, entry: PortEntry): boolean {
  const { port, space } = entry;
  if (port.draining || isWindowFull(state, port) || isHeldBack(state, entry)) return false;
  const message = dequeue(port);
  if (message === undefined) return false;
  if (!fits(state, space, message.reply)) {
    dequeued(state, port);
    destroyMessage(state, message);
    return true;
  }
  const seqno = (port.seqno + port.delivered.size) >>> 0;
  message.given = give(state, entry, message, seqno, null).message;
  port.delivered.push(message);
  space.ahead += message.bytes;
  emit(state, space, { type: 'deliver', task: space.id, message: message.given });
  return true;
}

/** The host has passed on what it was given for this task: there is room for what was held back. */
export function caughtUp(state: State, space: Space): void {
  space.ahead = 0;
  if (space.heldBack.size === 0) return;
  state.stirred.push(...space.heldBack);
  space.heldBack.clear();
  settle(state);
}

/** One message is always delivered, however big. */
function isWindowFull({ limits }: State, { queue, delivered }: Port): boolean {
  if (delivered.size >= limits.deliveryWindow) return true;
  const bytes = queue.head?.value.bytes ?? 0;
  // Small ones cannot fill it: what a window full of them has is not worth counting.
  if (delivered.size === 0 || bytes * limits.deliveryWindow <= limits.deliveryWindowBytes) return false;
  let sum = bytes;
  for (const message of delivered) sum += message.bytes;
  return sum > limits.deliveryWindowBytes;
}

function isHeldBack(state: State, { space, port }: PortEntry): boolean {
  if (space.ahead <= state.limits.linkBytes) return false;
  space.heldBack.add(port);
  return true;
}

function endWait(state: State, waiter: Waiter, received: Received): void {
  const { space, receiveId } = waiter;
  space.receives.delete(receiveId);
  space.ahead += received.message?.bytes ?? 0;
  emit(state, space, { type: 'received', task: space.id, receiveId, ...received });
}
