import type { Code } from '../errors.ts';
import { dequeued } from './admit.ts';
import { fits } from './copyout.ts';
import { endPort } from './death.ts';
import { emit } from './effects.ts';
import { give } from './give.ts';
import { isServed } from './port.ts';
import { dequeue, uncharge } from './queue.ts';
import type { Port, PortEntry, PortSet, Waiter } from './records.ts';
import { consume, destroyMessage, portOfRight, releaseContents } from './right.ts';
import type { State } from './state.ts';
import type { IncomingMessage } from './types.ts';

type Received = { code: Code; message?: IncomingMessage; value?: number };

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
  if (isServed(port)) return push(state, port.owner.entry);
  const entry = nextOf(port.set ?? port);
  const waiter = entry && (port.set ?? port).waiting.shift();
  if (entry === undefined || waiter === undefined) return false;
  endWait(state, waiter, takeNext(state, entry, waiter));
  return true;
}

/** The receive right whose message is the next of a port, or of a set: that which arrived first. Undefined: there is none. */
export function nextOf(from: Port | PortSet): PortEntry | undefined {
  const message = 'arrivals' in from ? from.arrivals.head?.value : from.queue.head?.value;
  if (message === undefined) return undefined;
  const { owner } = portOfRight(message.dest);
  return owner.kind === 'task' ? owner.entry : undefined;
}

/**
 * Receives the message at the head (mach.md §8). A refused one has been received as far as its destination right goes; what it
 * carries is destroyed, so that its client wakes.
 */
export function takeNext(state: State, entry: PortEntry, wanted: { maxBytes: number; large: boolean }): Received {
  const { port, space } = entry;
  const head = port.queue.head?.value;
  if (head === undefined) return { code: 'MACH_RCV_TIMED_OUT' };
  const tooLarge = head.bytes > wanted.maxBytes;
  if (tooLarge && wanted.large) return { code: 'MACH_RCV_TOO_LARGE', value: head.bytes };
  dequeue(port);
  uncharge(head);
  const seqno = port.seqno;
  port.seqno = (seqno + 1) >>> 0;
  dequeued(state, port);
  consume(state, head.dest);
  if (tooLarge || !fits(state, space, head.reply)) {
    releaseContents(state, head);
    return tooLarge ? { code: 'MACH_RCV_TOO_LARGE', value: head.bytes } : { code: 'MACH_RCV_HEADER_ERROR' };
  }
  const { message, complete } = give(state, entry, head, seqno);
  return { code: complete ? 0 : 'MACH_RCV_BODY_ERROR', message };
}

/**
 * Delivers the message at the head ahead of the task's `taken`. The rights in it are the task's at once; its destination right,
 * its place in the queue and its charge stay until then, so that the limit, no-senders and a hand-back mean what they say.
 */
export function push(state: State, entry: PortEntry): boolean {
  const { port, space } = entry;
  if (port.draining || port.delivered.size >= state.limits.deliveryWindow) return false;
  const message = dequeue(port);
  if (message === undefined) return false;
  if (!fits(state, space, message.reply)) {
    dequeued(state, port);
    destroyMessage(state, message);
    return true;
  }
  const seqno = (port.seqno + port.delivered.size) >>> 0;
  message.given = give(state, entry, message, seqno).message;
  port.delivered.push(message);
  emit(state, space, { type: 'deliver', task: space.id, message: message.given });
  return true;
}

function endWait(state: State, waiter: Waiter, received: Received): void {
  const { space, receiveId } = waiter;
  space.receives.delete(receiveId);
  emit(state, space, { type: 'received', task: space.id, receiveId, ...received });
}
