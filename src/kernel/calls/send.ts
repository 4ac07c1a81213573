import { copyinBody } from '../body.ts';
import { copyout } from '../copyout.ts';
import { settle } from '../deliver.ts';
import { copyinHeader, isWellFormed } from '../header.ts';
import { enqueue, uncharge } from '../queue.ts';
import type { Destination, Message, Right, Space } from '../records.ts';
import { destroyMessage, portOfRight } from '../right.ts';
import type { State } from '../state.ts';
import { DISP } from '../types.ts';
import type { OutgoingMessage, Result, ReturnedMessage } from '../types.ts';

/** mach.md §7: size, header (all or nothing), body (front to back; an error destroys the message), queue. */
export function send(
  state: State,
  space: Space,
  { sendId, message, poll }: { sendId: number; message: OutgoingMessage; poll: boolean },
): Result {
  if (!Number.isSafeInteger(message.bytes) || message.bytes < 0) return { code: 'MACH_SEND_MSG_TOO_SMALL' };
  if (!isWellFormed(message)) return { code: 'MACH_SEND_INVALID_HEADER' };
  if (space.sends.has(sendId)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (exceedsCharge(state, space, message)) return { code: 'MACH_SEND_NO_BUFFER' };
  if (exceedsPendingCalls(state, space, message)) return { code: 'MACH_SEND_NO_BUFFER' };
  const header = copyinHeader(state, space, message);
  if ('code' in header) return header;
  const { rights, code } = copyinBody(state, space, message.rights);
  const sent = makeMessage(state, space, header, rights, message);
  if (code !== 0) {
    destroyMessage(state, sent);
    return { code };
  }
  // A notification that the copyin set off may have gone to this very port, where somebody may be waiting for it.
  settle(state);
  return submit(state, space, sendId, sent, poll);
}

/** The rights come back as pseudo-received ones, so that the message can be sent again as it is (mach.md §7). */
export function sendCancel(
  state: State,
  space: Space,
  { sendId, code }: { sendId: number; code: 'MACH_SEND_TIMED_OUT' | 'MACH_SEND_INTERRUPTED' },
): Result {
  const place = space.sends.get(sendId);
  if (place === undefined) return { code: 'KERN_INVALID_ARGUMENT' };
  const { message } = place.value;
  space.sends.delete(sendId);
  portOfRight(message.dest).blocked.remove(place);
  return { code, returned: pseudoReceive(state, space, message) };
}

function exceedsCharge(state: State, space: Space, { dest, bytes }: OutgoingMessage): boolean {
  if (dest.disp === DISP.MOVE_SEND_ONCE || dest.disp === DISP.MAKE_SEND_ONCE) return false;
  return space.queuedBytes + bytes > state.limits.queuedBytesPerTask;
}

/** Each call that waits for its reply is a send-once right somewhere: a task may not fill up its servers with them. */
function exceedsPendingCalls(state: State, space: Space, { reply }: OutgoingMessage): boolean {
  if (reply.disp !== DISP.MAKE_SEND_ONCE) return false;
  const entry = space.entries.get(reply.name);
  return entry?.kind === 'port' && entry.port.onces.size >= state.limits.pendingCalls;
}

function makeMessage(
  state: State,
  space: Space,
  { dest, reply }: { dest: Destination; reply: Right },
  rights: readonly Right[],
  { bytes, payload }: OutgoingMessage,
): Message {
  const charged = state.rules.isCharged(dest) ? space : null;
  if (charged !== null) charged.queuedBytes += bytes;
  return { dest, reply, rights, bytes, payload, notification: null, charged, given: null };
}

function submit(state: State, space: Space, sendId: number, message: Message, poll: boolean): Result {
  const port = portOfRight(message.dest);
  if (port.owner.kind !== 'task') {
    destroyMessage(state, message);
    return { code: 0 };
  }
  if (!state.rules.queueIsFull(port, message.dest)) {
    enqueue(state, port, message);
    return { code: 0 };
  }
  if (poll) return { code: 'MACH_SEND_TIMED_OUT', returned: pseudoReceive(state, space, message) };
  space.sends.set(sendId, port.blocked.push({ space, sendId, message }));
  return { code: 'blocked' };
}

function pseudoReceive(state: State, space: Space, message: Message): ReturnedMessage {
  uncharge(message);
  return {
    dest: copyout(state, space, message.dest),
    reply: copyout(state, space, message.reply),
    rights: message.rights.map((right) => copyout(state, space, right)),
    payload: message.payload,
  };
}
