import { copyout } from './copyout.ts';
import type { Message, PortEntry, Right } from './records.ts';
import { isLive } from './right.ts';
import type { State } from './state.ts';
import { DISP, NULL_NAME } from './types.ts';
import type { IncomingMessage } from './types.ts';

/**
 * A message as its receiver finds it, with its rights put into the receiver's space: header swapped (mach.md §6).
 * `complete: false`: there was no room for a right of the body, which was destroyed and reads NULL.
 */
export function give(
  state: State,
  entry: PortEntry,
  message: Message,
  seqno: number,
): { message: IncomingMessage; complete: boolean } {
  const { dest, reply, rights, bytes, payload, notification } = message;
  const carried = [reply, ...rights];
  for (const right of carried) if (right.kind === 'once') right.once.deliveries += 1;
  const aborted = carried.some((right) => right.kind === 'once' && right.once.aborted);
  const live = rights.map(isLive);
  const remote = copyout(state, entry.space, reply);
  const arrived = rights.map((right) => copyout(state, entry.space, right));
  return {
    message: {
      local: { disp: arrivedOn(dest), name: entry.name },
      remote,
      rights: arrived,
      tag: dest.kind === 'once' ? dest.once.tag : 0,
      seqno,
      bytes,
      payload,
      notification,
      aborted,
    },
    complete: !arrived.some(({ name }, i) => live[i] === true && name === NULL_NAME),
  };
}

function arrivedOn(dest: Right): number {
  return dest.kind === 'once' ? DISP.MOVE_SEND_ONCE : DISP.MOVE_SEND;
}
