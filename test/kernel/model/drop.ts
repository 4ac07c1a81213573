import { NOTE } from './rights.ts';
import type { Carry, Message, Note, Once, Port, World } from './world.ts';

/** The right was taken from wherever it was, and is destroyed. */
export function drop(world: World, right: Carry, handled: 'no' | 'maybe'): void {
  if (right.k === 'send') lost(world, right.port);
  if (right.k === 'once') tell(world, right.once, { id: NOTE.SEND_ONCE, handled });
  if (right.k === 'recv') world.doomed.push(right.port);
}

export function lost(world: World, port: Port): void {
  const request = port.noSenders;
  if (port.dead || !request || world.senders(port) > 0) return;
  port.noSenders = null;
  tell(world, request, { id: NOTE.NO_SENDERS, mscount: port.made });
}

export function tell(world: World, once: Once, note: Note, body: Carry[] = []): void {
  if (once.port.dead) return;
  const message: Message = {
    to: { k: 'once', once },
    reply: { k: 'null', disp: 0 },
    body,
    bytes: 0,
    payload: null,
    note,
    payer: null,
    stamp: 0,
    loop: false,
  };
  queue(world, once.port, message);
}

export function queue(world: World, port: Port, message: Message): void {
  message.stamp = world.clock += 1;
  port.queue.push(message);
  world.stirred.push(port);
}

export function destroyMessage(world: World, message: Message): void {
  message.payer = null;
  const rights = [message.to, message.reply, ...message.body];
  message.to = message.reply = { k: 'null', disp: 0 };
  message.body = rights.slice();
  world.inHand.push(message);
  for (const right of rights) {
    message.body.shift();
    drop(world, right, right.k === 'once' && right.once.hops === 0 ? 'no' : 'maybe');
  }
  world.inHand = world.inHand.filter((m) => m !== message);
}
