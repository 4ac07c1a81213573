import { copyout } from './copyout.ts';
import type { Message, Port, PortEntry } from './records.ts';
import { arrivalOf, isLive } from './right.ts';
import type { State } from './state.ts';
import { DISP, NULL_NAME } from './types.ts';
import type { IncomingMessage } from './types.ts';

/**
 * A message as its receiver finds it, with its rights put into the receiver's space: header swapped (mach.md §6). `notify`: where to
 * tell that the reply right died, null if nobody asked. `complete: false`: there was no room for a right of the body, which was
 * destroyed and reads NULL.
 */
export function give(
  state: State,
  entry: PortEntry,
  message: Message,
  seqno: number,
  notify: Port | null,
): { message: IncomingMessage; complete: boolean } {
  const { reply, rights } = message;
  const carried = [reply, ...rights];
  for (const right of carried) if (right.kind === 'once') right.once.deliveries += 1;
  const aborted = carried.some((right) => right.kind === 'once' && right.once.aborted);
  const live = rights.map(isLive);
  const remote = copyout(state, entry.space, reply, notify);
  const arrived = rights.map((right) => copyout(state, entry.space, right));
  return {
    message: incoming(entry, message, seqno, { remote, rights: arrived, aborted, headerOnly: false }),
    complete: !arrived.some(({ name }, i) => live[i] === true && name === NULL_NAME),
  };
}

/** What its receiver learns of a message that it was refused (mach.md §8). The rights in it are the caller's to destroy. */
export function giveHeader(entry: PortEntry, message: Message, seqno: number): IncomingMessage {
  const { reply } = message;
  const remote =
    reply.kind === 'none' ? { disp: reply.disp, name: reply.name } : { disp: arrivalOf(reply), name: NULL_NAME };
  return incoming(entry, message, seqno, { remote, rights: [], aborted: false, headerOnly: true });
}

function incoming(
  entry: PortEntry,
  { dest, bytes, payload, notification }: Message,
  seqno: number,
  { remote, rights, aborted, headerOnly }: Pick<IncomingMessage, 'remote' | 'rights' | 'aborted' | 'headerOnly'>,
): IncomingMessage {
  return {
    local: { disp: dest.kind === 'once' ? DISP.MOVE_SEND_ONCE : DISP.MOVE_SEND, name: entry.name },
    remote,
    rights,
    tag: dest.kind === 'once' ? dest.once.tag : 0,
    seqno,
    bytes,
    payload,
    notification,
    aborted,
    headerOnly,
  };
}
