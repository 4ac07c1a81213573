import type { LiveRight, Message, Port, Right, Space } from './records.ts';
import { arrivalOf, isLive } from './right.ts';
import type { State } from './state.ts';
import { dropDeadReference, takeOnce, takeReceive, takeSend } from './take.ts';
import { DEAD_NAME, NULL_NAME } from './types.ts';
import type { ArrivedRight, Name } from './types.ts';

/** `'untouched'`: the task vouches that it did nothing with the messages. `'unknown'`: it died, and may have. */
export type Condition = 'untouched' | 'unknown';

/**
 * Undoes deliveries: what `port` has delivered and its task did not take goes back to the head of the queue, from the youngest on,
 * so the order stays. A receive right among the rights taken back may be of a port that has delivered too: the list grows.
 */
export function takeBack(state: State, space: Space, port: Port, condition: Condition): void {
  const ports = [port];
  for (const behind of ports) {
    for (let message = behind.delivered.pop(); message !== undefined; message = behind.delivered.pop()) {
      handBack(state, space, behind, message, condition);
      behind.queue.unshift(message);
      for (const right of message.rights) if (right.kind === 'receive') ports.push(right.port);
    }
  }
}

/** Takes the message's rights out of the space again. */
function handBack(state: State, space: Space, behind: Port, message: Message, condition: Condition): void {
  const { given } = message;
  if (given === null) return;
  const reclaim = (right: Right, arrived: ArrivedRight | undefined): Right => {
    if (right.kind === 'none') return right;
    const name = arrived?.name ?? NULL_NAME;
    if (name === NULL_NAME) return { kind: 'none', disp: arrivalOf(right), name: NULL_NAME };
    return retake(state, space, behind, right, condition) ?? missing(space, right, name);
  };
  message.reply = reclaim(message.reply, given.remote);
  message.rights = message.rights.map((right, i) => reclaim(right, given.rights[i]));
  message.given = null;
}

/** By port and by right, not by name: the task may have renamed it. Null if it used or freed it before it learnt of this. */
function retake(state: State, space: Space, behind: Port, right: LiveRight, condition: Condition): Right | null {
  if (right.kind === 'once') {
    const { once } = right;
    if (once.entry?.space !== space) return null;
    if (condition === 'untouched') once.deliveries -= 1;
    return takeOnce(state, once.entry);
  }
  const entry = right.port.holders.get(space);
  if (entry === undefined) return null;
  if (right.kind === 'send') return entry.sends > 0 ? takeSend(state, entry) : null;
  if (!entry.receive) return null;
  // Never a cycle: a port that is moved takes back first what it has delivered, so of two ports not each can be delivered on the other.
  const retaken = takeReceive(state, entry);
  right.port.owner = { kind: 'transit', to: behind };
  return retaken;
}

/** If the port died meanwhile, the reference that the delivery left on a dead name goes. */
function missing(space: Space, right: LiveRight, name: Name): Right {
  const left = space.entries.get(name);
  if (right.kind !== 'receive' && !isLive(right) && left?.kind === 'dead') dropDeadReference(left);
  return { kind: 'none', disp: arrivalOf(right), name: DEAD_NAME };
}
