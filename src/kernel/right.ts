import { loseSender, sendOnceUnused } from './notify.ts';
import { isDead, retireOnce } from './port.ts';
import { uncharge } from './queue.ts';
import type { Destination, LiveRight, Message, Port, Right } from './records.ts';
import type { State } from './state.ts';
import { DISP } from './types.ts';

/** Destroys a right that is in nobody's space. With a receive right its port ends, but not in the middle of this: see `settle`. */
export function release(state: State, right: Right, died: 'in a message' | 'in hand'): void {
  if (right.kind === 'send') loseSender(state, right.port);
  else if (right.kind === 'once') sendOnceUnused(state, right.once, died);
  else if (right.kind === 'receive') doom(state, right.port);
}

function doom(state: State, port: Port): void {
  port.owner = { kind: 'transit', to: null };
  state.doomed.push(port);
}

/** A message's destination right ends when the message is received: it is used up, not handed over (mach.md §6). */
export function consume(state: State, dest: Destination): void {
  if (dest.kind === 'send') loseSender(state, dest.port);
  else retireOnce(dest.once);
}

/** Destroys a message that nobody received, and every right in it, in the order of the message (mach.md §7.3, §11.4). */
export function destroyMessage(state: State, message: Message): void {
  uncharge(message);
  release(state, message.dest, 'in a message');
  releaseContents(state, message);
}

/** The rights that the message carries, apart from the one that it was sent to. */
export function releaseContents(state: State, { reply, rights }: Message): void {
  release(state, reply, 'in a message');
  for (const right of rights) release(state, right, 'in a message');
}

export function portOfRight(right: LiveRight): Port {
  return right.kind === 'once' ? right.once.port : right.port;
}

/** Whether the right still leads somewhere; if not it arrives as DEAD. */
export function isLive(right: Right): right is LiveRight {
  return right.kind !== 'none' && !isDead(portOfRight(right));
}

/** The kind the receiver is told. */
export function arrivalOf(right: LiveRight): number {
  return ARRIVES_AS[right.kind];
}

const ARRIVES_AS = { receive: DISP.MOVE_RECEIVE, send: DISP.MOVE_SEND, once: DISP.MOVE_SEND_ONCE } as const;
