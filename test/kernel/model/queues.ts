import { destroyMessage, drop, lost, queue, tell } from './drop.ts';
import { endPort } from './ends.ts';
import { DEAD, NOTE, NULL, find, kindOf, live, roomFor } from './rights.ts';
import { Cell, Port } from './world.ts';
import type { Carry, Group, Message, Task, Wait, World } from './world.ts';

/** At the end of a call: ports end whose receive right was destroyed with a message, and what is queued is handed out. */
export function settle(world: World): void {
  endDoomed(world);
  for (let port = world.stirred[0]; port; port = world.stirred[0]) {
    if (handOutOne(world, port)) endDoomed(world);
    else world.stirred.shift();
  }
}

function endDoomed(world: World): void {
  for (let port = world.doomed.shift(); port; port = world.doomed.shift()) {
    world.situations.push('a port dies with the message that carries it');
    endPort(world, port);
  }
}

function handOutOne(world: World, port: Port): boolean {
  const cell = world.owner(port);
  if (!cell?.task.alive || port.queue.length === 0) return false;
  if (port.serving || port.group?.serving) return deliver(world, port, cell);
  const next = head(world, port.group ?? port);
  const wait = next && (port.group ?? port).waits.shift();
  if (!next || !wait) return false;
  const got = receiveHead(world, next.port, next.cell, wait);
  world.effects.push({ type: 'received', task: wait.task.id, receiveId: wait.id, ...got });
  return true;
}

/** Where the next message is: at the member whose oldest came first. */
export function head(world: World, from: Port | Group): { port: Port; cell: Cell } | undefined {
  const ports = (from instanceof Port ? [from] : from.members).filter((p) => p.queue.length > 0);
  const stamp = (p: Port): number => p.queue[0]?.stamp ?? 0;
  const [port] = ports.toSorted((a, b) => stamp(a) - stamp(b));
  const cell = port && world.owner(port);
  return port && cell ? { port, cell } : undefined;
}

export function deliver(world: World, port: Port, cell: Cell): boolean {
  const [message] = port.queue;
  if (!message || port.draining || port.out.length >= world.limits.deliveryWindow) return false;
  if (!roomFor(world, cell.task, message.reply)) {
    port.queue.shift();
    world.inHand.push(message);
    dequeued(world, port);
    world.inHand.pop();
    destroyMessage(world, message);
    return true;
  }
  const shown = show(world, cell, message, port.seq + port.out.length, () => {
    port.queue.shift();
    port.out.push(message);
  });
  world.effects.push({ type: 'deliver', task: cell.task.id, message: { ...shown, source: message } });
  return true;
}

export function receiveHead(
  world: World,
  port: Port,
  cell: Cell,
  { task, max, large, notify }: Wait,
): Record<string, unknown> {
  const [message] = port.queue;
  if (!message) return { code: 'MACH_RCV_TIMED_OUT' };
  const value = message.bytes;
  const asked = find(task, notify);
  const error =
    value > max
      ? 'MACH_RCV_TOO_LARGE'
      : notify !== NULL && !asked?.receive
        ? 'MACH_RCV_INVALID_NOTIFY'
        : roomFor(world, task, message.reply)
          ? 0
          : 'MACH_RCV_HEADER_ERROR';
  if (error === 'MACH_RCV_TOO_LARGE' && large) return { code: error, value };
  const seqno = port.seq;
  port.seq += 1;
  port.queue.shift();
  world.inHand.push(message);
  dequeued(world, port);
  world.inHand.pop();
  const { to, reply } = message;
  if (error !== 0) {
    message.to = { k: 'null', disp: 0 };
    world.inHand.push(message);
    spend(world, to);
    world.inHand.pop();
    const remote = { disp: kindOf(reply), name: reply.k === 'dead' ? DEAD : NULL };
    destroyMessage(world, message);
    return {
      code: error,
      value,
      message: { ...headerOf(cell, message, to, seqno), remote, rights: [], headerOnly: true },
    };
  }
  const wasLive = message.body.map(live);
  const leave = (): void => {
    world.inHand.push({ ...message, to: { k: 'null', disp: 0 } });
    spend(world, to);
    world.inHand.pop();
  };
  const shown = show(world, cell, message, seqno, leave, asked?.port);
  const complete = !shown.rights.some((r, i) => wasLive[i] && r.name === NULL);
  return { code: complete ? 0 : 'MACH_RCV_BODY_ERROR', message: shown };
}

type Shown = { rights: { disp: number; name: number | Cell }[] } & Record<string, unknown>;

function show(world: World, cell: Cell, message: Message, seqno: number, leave: () => void, notify?: Port): Shown {
  const { to, reply, body } = message;
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
  const known = new Set(cell.task.cells);
  const remote = give(reply);
  if (notify && remote.name instanceof Cell && !known.has(remote.name) && !world.fullOfRequests(cell.task)) {
    const once = { port: notify, tag: 0, maker: cell.task, caller: null, hops: 0, aborted: false, gone: false };
    remote.name.watch = { once, since: (world.clock += 1), possible: false, armed: 0 };
    world.onces.push(once);
    world.situations.push('a reply right is watched from the start');
  }
  const rights = body.map(give);
  world.inHand = world.inHand.filter((m) => m !== rest);
  return { ...headerOf(cell, message, to, seqno), remote, rights, aborted };
}

function headerOf(cell: Cell, { bytes, payload, note }: Message, to: Carry, seqno: number): Record<string, unknown> {
  const local = { disp: to.k === 'once' ? 18 : 17, name: cell };
  const tag = to.k === 'once' ? to.once.tag : 0;
  return { local, tag, seqno, bytes, payload, notification: note, aborted: false, headerOnly: false };
}

/** The name it gets: the cell stands for it. */
export function put(world: World, task: Task, right: Carry, as?: number): number | Cell {
  if (right.k === 'null') return NULL;
  if (right.k === 'dead') return DEAD;
  if (right.k === 'memory') return right.length;
  const port = right.k === 'once' ? right.once.port : right.port;
  if (port.dead) return DEAD;
  const same = right.k === 'once' ? undefined : task.cells.find((c) => c.is === 'port' && c.port === port);
  if (!roomFor(world, task, right)) {
    drop(world, right, 'maybe');
    return NULL;
  }
  if (right.k === 'recv') port.payer = task;
  if (same && right.k === 'recv') {
    same.receive = true;
    return same;
  }
  if (same) {
    same.sends = Math.min(same.sends + 1, 65534);
    return same;
  }
  const what =
    right.k === 'once' ? { once: right.once } : right.k === 'send' ? { port, sends: 1 } : { port, receive: true };
  const cell = new Cell(task, { ...what, name: as });
  task.cells.push(cell);
  return cell;
}

/** The message was received: its destination right has done its work. */
export function spend(world: World, to: Carry): void {
  if (to.k === 'once') to.once.gone = true;
  if (to.k === 'send') lost(world, to.port);
}

/** A message was received: one blocked send may come in, and all that asked when it is possible are told. */
export function dequeued(world: World, port: Port): void {
  letIn(world, port);
  possible(world, port);
}

export function letIn(world: World, port: Port): void {
  if (port.queue.length + port.out.length >= port.limit) return;
  const next = port.stuck.shift();
  if (!next) return;
  if (next.message.loop) throw new Error('a port behind itself cannot be received from');
  world.effects.push({ type: 'sent', task: next.task.id, sendId: next.id, code: 0 });
  queue(world, port, next.message);
}

export function possible(world: World, port: Port): void {
  const asking: Cell[] = [];
  world.eachCell((c) => {
    if (c.is === 'port' && c.port === port && c.watch && c.watch.armed > 0) asking.push(c);
  });
  asking.sort((a, b) => (a.watch?.armed ?? 0) - (b.watch?.armed ?? 0));
  if (asking.length > 1) world.situations.push('several are told that a send is possible');
  for (const cell of asking) {
    const { watch } = cell;
    cell.watch = null;
    if (watch) tell(world, watch.once, { id: NOTE.POSSIBLE, name: cell });
  }
}
