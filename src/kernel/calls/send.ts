import { copyinBody } from '../body.ts';
import { settle } from '../deliver.ts';
import { copyinHeader, isWellFormed } from '../header.ts';
import { pseudoReceive } from '../pseudo-receive.ts';
import { notify } from '../notify.ts';
import { enqueue, uncharge } from '../queue.ts';
import type { Message, Space } from '../records.ts';
import { destroyMessage, portOfRight, releaseContents } from '../right.ts';
import { armBySend } from '../send-possible.ts';
import type { State } from '../state.ts';
import { DEAD_NAME, DISP, NOTIFY, NULL_NAME } from '../types.ts';
import type { Name, OutgoingMessage, Result } from '../types.ts';

type Send = { sendId: number; message: OutgoingMessage; poll: boolean; notify: boolean; cancel: Name };

/** mach.md §7: size, header (all or nothing), body (front to back; an error destroys the message), queue. */
export function send(state: State, space: Space, trap: Send): Result {
  const { sendId, message } = trap;
  const { bytes, size = bytes, charge = bytes, payload, tellTaken = false } = message;
  if (!Number.isSafeInteger(bytes) || bytes < 0) return { code: 'MACH_SEND_MSG_TOO_SMALL' };
  if (!isWellFormed(message)) return { code: 'MACH_SEND_INVALID_HEADER' };
  if (space.sends.has(sendId)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (exceedsCharge(state, space, message)) return { code: 'MACH_SEND_NO_BUFFER' };
  if (exceedsPendingCalls(state, space, message)) return { code: 'MACH_SEND_NO_BUFFER' };
  const header = copyinHeader(state, space, message, trap.cancel);
  if ('code' in header) return header;
  const { rights, circular, code } = copyinBody(state, space, portOfRight(header.dest), message.rights);
  const charged = state.rules.isCharged(header.dest) || header.dest.kind === 'send' ? space : header.dest.once.maker;
  const account = state.rules.isCharged(header.dest) ? 'queuedBytes' : 'replyBytes';
  charged[account] += charge;
  // Written out, as the notifications are: messages are made fast if they all have one shape.
  const sent: Message = {
    dest: header.dest,
    reply: header.reply,
    rights,
    bytes,
    size,
    payload,
    tellTaken,
    notification: null,
    charge,
    charged,
    account,
    arrival: null,
    circular,
    given: null,
  };
  if (code !== 0) {
    destroyMessage(state, sent);
    return { code, value: rights.length };
  }
  // A notification that the copyin set off may have gone to this very port, where somebody may be waiting for it.
  settle(state);
  return submit(state, space, trap, sent);
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

function exceedsCharge(state: State, space: Space, { dest, bytes, charge = bytes }: OutgoingMessage): boolean {
  if (dest.disp === DISP.MOVE_SEND_ONCE || dest.disp === DISP.MAKE_SEND_ONCE) return false;
  return !space.isTrusted && space.queuedBytes + charge > state.limits.queuedBytesPerTask;
}

/** Each send-once right that a task makes is a name in a server's space: it may not fill that up with them. */
function exceedsPendingCalls(state: State, space: Space, { dest, reply, rights }: OutgoingMessage): boolean {
  let made = 0;
  for (const { disp, name } of [dest, reply, ...rights]) {
    if (disp === DISP.MAKE_SEND_ONCE && name !== NULL_NAME && name !== DEAD_NAME) made += 1;
  }
  return state.rules.exceedsPendingCalls(space, made, state.limits.pendingCalls);
}

/**
 * A full queue comes before a cycle: the message that would close one can still be returned (mach.md §12). The port is alive: nothing
 * that a copyin sets off ends one.
 */
function submit(state: State, space: Space, { sendId, poll, notify: arms }: Send, message: Message): Result {
  const port = portOfRight(message.dest);
  if (port.owner.kind === 'kernel') {
    destroyMessage(state, message);
    return { code: 0 };
  }
  if (state.rules.queueIsFull(port, message.dest)) {
    if (arms) armBySend(port, space);
    if (poll) return { code: 'MACH_SEND_TIMED_OUT', returned: pseudoReceive(state, space, message) };
    space.sends.set(sendId, port.blocked.push({ space, sendId, message }));
    return { code: 'blocked' };
  }
  if (state.rules.isTooMuch(message, state.limits.replyBytesPerTask)) dropReply(state, message);
  else if (message.circular) destroyMessage(state, message);
  else enqueue(state, port, message);
  return { code: 0 };
}

/** What it carried is destroyed; that it came is told, as if its right had died unused. */
function dropReply(state: State, message: Message): void {
  const { dest, bytes } = message;
  uncharge(message);
  releaseContents(state, message);
  if (dest.kind === 'once') notify(state, dest.once, { id: NOTIFY.SEND_ONCE, handled: 'maybe', dropped: bytes });
}
