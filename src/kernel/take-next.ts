import type { Code } from '../errors.ts';
import { dequeued } from './admit.ts';
import { fits } from './copyout.ts';
import { give, giveHeader } from './give.ts';
import { findNotify } from './lookup.ts';
import { dequeue, uncharge } from './queue.ts';
import type { Message, Port, PortEntry, PortSet, Space } from './records.ts';
import { consume, portOfRight, releaseContents } from './right.ts';
import type { State } from './state.ts';
import type { IncomingMessage, Name } from './types.ts';

/** A message that is the next to be received, and the receive right it is received with. */
type Next = { entry: PortEntry; message: Message };
type Wanted = { maxBytes: number; large: boolean; notify: Name };
export type Received = { code: Code; message?: IncomingMessage; value?: number };

/** The next message of a port, or of a set: that which arrived first. Undefined: there is none. */
export function nextOf(from: Port | PortSet): Next | undefined {
  const message = 'arrivals' in from ? from.arrivals.head?.value : from.queue.head?.value;
  if (message === undefined) return undefined;
  const { owner } = portOfRight(message.dest);
  return owner.kind === 'task' ? { entry: owner.entry, message } : undefined;
}

/**
 * Receives it (mach.md §8). A refused one has been received as far as its header goes; what it carries is destroyed, so that its
 * client wakes.
 */
export function takeNext(state: State, { entry, message }: Next, wanted: Wanted): Received {
  const { port, space } = entry;
  const value = message.size;
  const notify = findNotify(space, wanted.notify);
  const code = check(state, space, message, wanted.maxBytes, notify);
  if (code === 'MACH_RCV_TOO_LARGE' && wanted.large) return { code, value };
  dequeue(port);
  uncharge(message);
  const seqno = port.seqno;
  port.seqno = (seqno + 1) >>> 0;
  dequeued(state, port);
  consume(state, message.dest);
  if (code !== 0) {
    const header = giveHeader(entry, message, seqno);
    releaseContents(state, message);
    return { code, value, message: header };
  }
  const given = give(state, entry, message, seqno, notify ?? null);
  return { code: given.complete ? 0 : 'MACH_RCV_BODY_ERROR', message: given.message };
}

function check(state: State, space: Space, message: Message, maxBytes: number, notify: Port | null | undefined): Code {
  if (message.size > maxBytes) return 'MACH_RCV_TOO_LARGE';
  if (notify === undefined) return 'MACH_RCV_INVALID_NOTIFY';
  return fits(state, space, message.reply) ? 0 : 'MACH_RCV_HEADER_ERROR';
}
