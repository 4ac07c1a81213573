import { Cell } from './world.ts';
import type { Carry, Message, Once, Port, Task, World } from './world.ts';

export const NULL = 0;
export const DEAD = 0xffffffff;
const NOTE = { DELETED: 65, NO_SENDERS: 70, SEND_ONCE: 71, DEAD_NAME: 72 };

export type Spec = { disp: number; name: number };

/** Dispositions by what they ask of the sender. */
export const isSend = (d: number): boolean => d === 17 || d === 19 || d === 20;
export const isOnce = (d: number): boolean => d === 18 || d === 21;
const isMake = (d: number): boolean => d === 20 || d === 21;
const isMove = (d: number): boolean => d === 17 || d === 18;

export function find(task: Task, name: number): Cell | undefined {
  return task.cells.find((c) => c.name === name);
}

export function may(cell: Cell, disp: number): boolean {
  if (cell.is === 'dead') return !isMake(disp);
  if (isMake(disp)) return cell.is === 'port' && cell.receive;
  if (disp === 18) return cell.is === 'once';
  return cell.is === 'port' && cell.sends > 0;
}

export function plain(spec: Spec): Carry | undefined {
  const disp = spec.disp === 0 ? 0 : isSend(spec.disp) ? 17 : 18;
  if (spec.name === NULL) return { k: 'null', disp };
  return spec.name === DEAD ? { k: 'dead', disp } : undefined;
}

export function removeCell(world: World, cell: Cell): void {
  cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  const { watch, name } = cell;
  cell.watch = null;
  if (watch) tell(world, watch.once, { id: NOTE.DELETED, name });
}

/** `place` is called with the right before the space can fire anything, so that a scan sees it where it is going. */
export function take(world: World, cell: Cell, disp: number, tag: number, place: (right: Carry) => void): void {
  if (cell.is === 'dead') {
    place({ k: 'dead', disp: isSend(disp) ? 17 : 18 });
    if (isMove(disp) && --cell.refs === 0) removeCell(world, cell);
  } else if (cell.once) {
    place({ k: 'once', once: cell.once });
    removeCell(world, cell);
  } else if (cell.port && disp === 21) {
    const once = { port: cell.port, tag, hops: 0, aborted: false, gone: false };
    world.onces.push(once);
    place({ k: 'once', once });
  } else if (cell.port) {
    place({ k: 'send', port: cell.port });
    if (disp === 20) cell.port.made += 1;
    if (disp === 17 && --cell.sends === 0 && !cell.receive) removeCell(world, cell);
  }
}

/** The name it gets: the cell stands for it. */
export function put(world: World, task: Task, right: Carry, as?: number): number | Cell {
  if (right.k === 'null') return NULL;
  if (right.k === 'dead') return DEAD;
  const port = right.k === 'send' ? right.port : right.once.port;
  if (port.dead) return DEAD;
  const same = right.k === 'send' ? task.cells.find((c) => c.is === 'port' && c.port === port) : undefined;
  if (same) {
    same.sends = Math.min(same.sends + 1, 65534);
    return same;
  }
  if (task.cells.length >= world.limits.namesPerTask) {
    drop(world, right, 'maybe');
    return NULL;
  }
  const cell = new Cell(task, right.k === 'send' ? { port, sends: 1, name: as } : { once: right.once, name: as });
  task.cells.push(cell);
  return cell;
}

export function kindOf(right: Carry): number {
  return right.k === 'send' ? 17 : right.k === 'once' ? 18 : right.disp;
}

/** The right was taken from wherever it was, and is destroyed. */
export function drop(world: World, right: Carry, handled: 'no' | 'maybe'): void {
  if (right.k === 'send') lost(world, right.port);
  if (right.k === 'once') tell(world, right.once, { id: NOTE.SEND_ONCE, handled });
}

export function lost(world: World, port: Port): void {
  const request = port.noSenders;
  if (port.dead || !request || world.senders(port) > 0) return;
  port.noSenders = null;
  tell(world, request, { id: NOTE.NO_SENDERS, mscount: port.made });
}

export function tell(world: World, once: Once, note: object): void {
  if (once.port.dead) return;
  const message: Message = {
    to: { k: 'once', once },
    reply: { k: 'null', disp: 0 },
    body: [],
    bytes: 0,
    payload: null,
    note,
    payer: null,
  };
  queue(world, once.port, message);
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

export function queue(world: World, port: Port, message: Message): void {
  port.queue.push(message);
  handOut(world, port);
}

export function handOut(world: World, port: Port): void {
  // What handing out a message sets off may be queued here too: it is the next, not part of this one.
  if (port.handingOut) return;
  port.handingOut = true;
  while (handOutOne(world, port));
  port.handingOut = false;
}

function handOutOne(world: World, port: Port): boolean {
  const cell = world.owner(port);
  if (!cell?.task.alive || port.queue.length === 0) return false;
  if (port.serving) {
    if (port.draining || port.out.length >= world.limits.deliveryWindow) return false;
    deliver(world, port, cell);
    return true;
  }
  const wait = port.waits.shift();
  if (!wait) return false;
  const got = receiveHead(world, port, cell, wait.max, wait.large);
  world.effects.push({ type: 'received', task: wait.task.id, receiveId: wait.id, ...got });
  return true;
}

function deliver(world: World, port: Port, cell: Cell): void {
  const [message] = port.queue;
  if (!message) return;
  if (!roomFor(world, cell.task, message.reply)) {
    port.queue.shift();
    letIn(world, port);
    destroyMessage(world, message);
    return;
  }
  const shown = show(world, cell, message, port.seq + port.out.length, () => {
    port.queue.shift();
    port.out.push(message);
  });
  world.effects.push({ type: 'deliver', task: cell.task.id, message: { ...shown, source: message } });
}

export function receiveHead(
  world: World,
  port: Port,
  cell: Cell,
  max: number,
  large: boolean,
): Record<string, unknown> {
  const [message] = port.queue;
  if (!message) return { code: 'MACH_RCV_TIMED_OUT' };
  const tooLarge = message.bytes > max;
  if (tooLarge && large) return { code: 'MACH_RCV_TOO_LARGE', value: message.bytes };
  const fits = roomFor(world, cell.task, message.reply);
  const seqno = port.seq;
  port.seq += 1;
  port.queue.shift();
  world.inHand.push(message);
  letIn(world, port);
  world.inHand.pop();
  if (tooLarge || !fits) {
    const dest = message.to;
    message.to = { k: 'null', disp: 0 };
    world.inHand.push(message);
    spend(world, dest);
    world.inHand.pop();
    destroyMessage(world, message);
    return tooLarge ? { code: 'MACH_RCV_TOO_LARGE', value: message.bytes } : { code: 'MACH_RCV_HEADER_ERROR' };
  }
  const live = message.body.map((r) => (r.k === 'send' ? !r.port.dead : r.k === 'once' && !r.once.port.dead));
  const { to } = message;
  const shown = show(world, cell, message, seqno, () => {
    world.inHand.push({ ...message, to: { k: 'null', disp: 0 } });
    spend(world, to);
    world.inHand.pop();
  });
  const complete = !shown.rights.some((r, i) => live[i] && r.name === NULL);
  return { code: complete ? 0 : 'MACH_RCV_BODY_ERROR', message: shown };
}

export function roomFor(world: World, task: Task, right: Carry): boolean {
  if (task.cells.length < world.limits.namesPerTask) return true;
  if (right.k === 'send') return right.port.dead || task.cells.some((c) => c.is === 'port' && c.port === right.port);
  return right.k !== 'once' || right.once.port.dead;
}

/** The message was received: its destination right has done its work. */
export function spend(world: World, to: Carry): void {
  if (to.k === 'once') to.once.gone = true;
  if (to.k === 'send') lost(world, to.port);
}

/** After a dequeue: one blocked send, if there is room. */
export function letIn(world: World, port: Port): void {
  if (port.queue.length + port.out.length >= port.limit) return;
  const next = port.stuck.shift();
  if (!next) return;
  world.effects.push({ type: 'sent', task: next.task.id, sendId: next.id, code: 0 });
  queue(world, port, next.message);
}

type Shown = { rights: { disp: number; name: number | Cell }[] } & Record<string, unknown>;

function show(world: World, cell: Cell, message: Message, seqno: number, leave: () => void): Shown {
  const { to, reply, body, bytes, payload, note } = message;
  const onces = [reply, ...body].flatMap((r) => (r.k === 'once' ? [r.once] : []));
  for (const once of onces) once.hops += 1;
  const aborted = onces.some((once) => once.aborted);
  leave();
  const rest = { ...message, to: { k: 'null', disp: 0 } as Carry, reply, body: body.slice(), payer: null };
  world.inHand.push(rest);
  const give = (right: Carry): { disp: number; name: number | Cell } => {
    if (right === rest.reply) rest.reply = { k: 'null', disp: 0 };
    else rest.body.shift();
    return { disp: kindOf(right), name: put(world, cell.task, right) };
  };
  const remote = give(reply);
  const rights = body.map(give);
  world.inHand = world.inHand.filter((m) => m !== rest);
  return {
    local: { disp: to.k === 'once' ? 18 : 17, name: cell },
    remote,
    rights,
    tag: to.k === 'once' ? to.once.tag : 0,
    seqno,
    bytes,
    payload,
    notification: note,
    aborted,
  };
}

export function kill(world: World, port: Port): void {
  port.dead = true;
  for (const wait of port.waits.splice(0)) {
    if (wait.task.alive)
      world.effects.push({ type: 'received', task: wait.task.id, receiveId: wait.id, code: 'MACH_RCV_PORT_DIED' });
  }
  for (const { task, id, message } of port.stuck.splice(0)) {
    if (task.alive) world.effects.push({ type: 'sent', task: task.id, sendId: id, code: 0 });
    destroyMessage(world, message);
  }
  if (port.noSenders) tell(world, port.noSenders, { id: NOTE.SEND_ONCE, handled: 'maybe' });
  port.noSenders = null;
  port.out.length = 0;
  while (port.queue.length > 0) {
    const message = port.queue.shift();
    if (message) destroyMessage(world, message);
  }
  const mine: Cell[] = [];
  world.eachCell((c) => {
    if (c.is !== 'dead' && (c.port ?? c.once?.port) === port) mine.push(c);
  });
  const watched = mine.filter((c) => c.watch).map((c) => ({ cell: c, watch: c.watch }));
  for (const cell of mine) {
    cell.refs = (cell.once ? 1 : cell.sends) + (cell.watch ? 1 : 0);
    cell.is = 'dead';
    cell.port = cell.once = undefined;
    cell.watch = null;
    cell.receive = false;
  }
  watched.sort((a, b) => (a.watch?.since ?? 0) - (b.watch?.since ?? 0));
  for (const { cell, watch } of watched) if (watch) tell(world, watch.once, { id: NOTE.DEAD_NAME, name: cell.name });
}
