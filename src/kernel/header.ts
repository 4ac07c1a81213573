import type { ErrorCode } from '../errors.ts';
import { copyin, isDisposition, permits, withoutRight } from './copyin.ts';
import type { Copyin } from './copyin.ts';
import { findNotify } from './lookup.ts';
import type { Destination, Entry, NoRight, Right, Space } from './records.ts';
import type { State } from './state.ts';
import { DISP, NULL_NAME } from './types.ts';
import type { Name, OutgoingMessage } from './types.ts';

/** What can be told without looking up a name (mach.md §6). */
export function isWellFormed({ dest, reply }: OutgoingMessage): boolean {
  return isSendType(dest.disp) && (reply.disp === 0 ? reply.name === NULL_NAME : isSendType(reply.disp));
}

/** A receive right travels in the body only. */
function isSendType(disp: number): boolean {
  return isDisposition(disp) && disp !== DISP.MOVE_RECEIVE;
}

/**
 * Both rights of the header, or neither: all checks in §7.2's order, then acts that cannot fail. `cancel`: the receive right that
 * shall not be told if moving the destination away deletes its name.
 */
export function copyinHeader(
  state: State,
  space: Space,
  { dest, reply, tag }: OutgoingMessage,
  cancel: Name,
): { dest: Destination; reply: Right } | { code: ErrorCode } {
  const unwanted = findNotify(space, cancel);
  if (unwanted === undefined) return { code: 'MACH_SEND_INVALID_NOTIFY' };
  const to = space.entries.get(dest.name);
  if (to === undefined) return { code: 'MACH_SEND_INVALID_DEST' };
  const back = withoutRight(reply) ?? space.entries.get(reply.name);
  if (back === undefined || (isEntry(back) && !permits(back, reply.disp))) return { code: 'MACH_SEND_INVALID_REPLY' };
  if (to.kind === 'dead' || !permits(to, dest.disp)) return { code: 'MACH_SEND_INVALID_DEST' };
  if (to === back && !suffices(to, dest.disp, reply.disp)) return { code: 'MACH_SEND_INVALID_DEST' };
  const takeDest = (): Destination => copyinDestination(state, to, dest.disp, { tag: 0, caller: space, unwanted });
  const takeReply = (): Right =>
    isEntry(back) ? copyin(state, back, reply.disp, { tag, caller: space, unwanted: null }) : back;
  // A move may take the last reference, so of a copy and a move of one name the copy comes first.
  if (to !== back || dest.disp !== DISP.MOVE_SEND) return { dest: takeDest(), reply: takeReply() };
  const carried = takeReply();
  return { dest: takeDest(), reply: carried };
}

function isEntry(found: Entry | NoRight): found is Entry {
  return 'space' in found;
}

/** One name used twice: both rights must be there at once. A send-once right is used up by either. */
function suffices(entry: Entry, dest: number, reply: number): boolean {
  if (dest === DISP.MOVE_SEND_ONCE || reply === DISP.MOVE_SEND_ONCE) return false;
  return dest !== DISP.MOVE_SEND || reply !== DISP.MOVE_SEND || (entry.kind === 'port' && entry.sends >= 2);
}

function copyinDestination(state: State, entry: Entry, disp: number, how: Copyin): Destination {
  const right = copyin(state, entry, disp, how);
  if (right.kind !== 'send' && right.kind !== 'once') throw new TypeError('the destination was checked to be live');
  return right;
}
