import type { Code } from '../errors.ts';
import { fits } from './copyout.ts';
import { emit } from './effects.ts';
import { give } from './give.ts';
import { admitBlocked, uncharge } from './queue.ts';
import type { Port, PortEntry, Waiter } from './records.ts';
import { consume, destroyMessage, releaseContents } from './right.ts';
import type { State } from './state.ts';
import type { IncomingMessage } from './types.ts';

type Received = { code: Code; message?: IncomingMessage; value?: number };

/**
 * Hands out what the calls so far have queued: to waiting receivers, or to the task that serves the port. Queueing only
 * marks a port as stirred, because handing out frees rights, which queues notifications, which hands out again: a loop here
 * instead of a recursion everywhere.
 */
export function settle(state: State): void {
  for (const port of state.stirred) handOut(state, port);
  state.stirred.length = 0;
}

function handOut(state: State, port: Port): void {
  while (port.queue.head !== null && port.owner.kind === 'task') {
    const { entry } = port.owner;
    if (port.serving) {
      if (port.draining || port.delivered.size >= state.limits.deliveryWindow) return;
      push(state, entry);
    } else {
      const waiter = port.waiting.shift();
      if (waiter === undefined) return;
      endWait(state, waiter, takeNext(state, entry, waiter));
    }
  }
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
  port.queue.shift();
  uncharge(head);
  const seqno = port.seqno;
  port.seqno = (seqno + 1) >>> 0;
  admitBlocked(state, port);
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
function push(state: State, entry: PortEntry): void {
  const { port, space } = entry;
  const message = port.queue.shift();
  if (message === undefined) return;
  if (!fits(state, space, message.reply)) {
    admitBlocked(state, port);
    destroyMessage(state, message);
    return;
  }
  const seqno = (port.seqno + port.delivered.size) >>> 0;
  message.given = give(state, entry, message, seqno).message;
  port.delivered.push(message);
  emit(state, space, { type: 'deliver', task: space.id, message: message.given });
}

function endWait(state: State, waiter: Waiter, received: Received): void {
  const { space, receiveId } = waiter;
  space.receives.delete(receiveId);
  emit(state, space, { type: 'received', task: space.id, receiveId, ...received });
}
