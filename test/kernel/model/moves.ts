import { Cell, Port } from './world.ts';
import type { Carry, Group, Message, Once, Task, World } from './world.ts';

export const NULL = 0;
export const DEAD = 0xffffffff;
const NOTE = { DELETED: 65, POSSIBLE: 66, DESTROYED: 69, NO_SENDERS: 70, SEND_ONCE: 71, DEAD_NAME: 72 };

export type Spec = { disp: number; name: number };

/** Dispositions by what they ask of the sender. */
export const isSend = (d: number): boolean => d === 17 || d === 19 || d === 20;
export const isOnce = (d: number): boolean => d === 18 || d === 21;
const isMake = (d: number): boolean => d === 20 || d === 21;
const isMove = (d: number): boolean => d >= 16 && d <= 18;
/** The kind that arrives. */
export const kindSent = (d: number): number => (isSend(d) ? 17 : isOnce(d) ? 18 : d);

export function find(task: Task, name: number): Cell | undefined {
  return task.cells.find((c) => c.name === name);
}

export function may(cell: Cell, disp: number): boolean {
  if (cell.is === 'dead') return !isMake(disp) && disp !== 16;
  if (isMake(disp) || disp === 16) return cell.is === 'port' && cell.receive;
  if (disp === 18) return cell.is === 'once';
  return cell.is === 'port' && cell.sends > 0;
}

export function plain(spec: Spec): Carry | undefined {
  const disp = kindSent(spec.disp);
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
export function take(
  world: World,
  cell: Cell,
  disp: number,
  place: (right: Carry) => void,
  made: { tag: number; caller: Task | null } = { tag: 0, caller: null },
): void {
  if (cell.is === 'dead') {
    place({ k: 'dead', disp: kindSent(disp) });
    if (isMove(disp) && --cell.refs === 0) removeCell(world, cell);
  } else if (cell.once) {
    place({ k: 'once', once: cell.once });
    removeCell(world, cell);
  } else if (cell.port && disp === 21) {
    const once = { port: cell.port, ...made, hops: 0, aborted: false, gone: false };
    world.onces.push(once);
    place({ k: 'once', once });
  } else if (cell.port && disp === 16) {
    const { port, task } = cell;
    detach(world, cell);
    place({ k: 'recv', port, limbo: true });
    if (cell.sends === 0) removeCell(world, cell);
    takeBack(world, task, port, true);
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

export function kindOf(right: Carry): number {
  return right.k === 'send' ? 17 : right.k === 'once' ? 18 : right.k === 'recv' ? 16 : right.disp;
}

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

export function tell(world: World, once: Once, note: object, body: Carry[] = []): void {
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
  message.stamp = world.clock += 1;
  port.queue.push(message);
  world.stirred.push(port);
}

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
  const got = receiveHead(world, next.port, next.cell, wait.max, wait.large);
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
  dequeued(world, port);
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
  const wasLive = message.body.map(live);
  const { to } = message;
  const shown = show(world, cell, message, seqno, () => {
    world.inHand.push({ ...message, to: { k: 'null', disp: 0 } });
    spend(world, to);
    world.inHand.pop();
  });
  const complete = !shown.rights.some((r, i) => wasLive[i] && r.name === NULL);
  return { code: complete ? 0 : 'MACH_RCV_BODY_ERROR', message: shown };
}

export function roomFor(world: World, task: Task, right: Carry): boolean {
  if (!live(right)) return true;
  if (right.k === 'recv' && right.port.payer !== task && world.fullOfPorts(task)) return false;
  if (task.cells.length < world.limits.namesPerTask) return true;
  return 'port' in right && task.cells.some((c) => c.is === 'port' && c.port === right.port);
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
    if (watch) tell(world, watch.once, { id: NOTE.POSSIBLE, name: cell.name });
  }
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

/** The receive right leaves its task. */
export function detach(world: World, cell: Cell): void {
  const { port } = cell;
  if (!port) throw new Error('no receive right');
  leave(port);
  endWaits(world, port, 'MACH_RCV_PORT_DIED');
  port.serving = port.draining = cell.receive = false;
  port.made = port.seq = 0;
}

export function endWaits(world: World, on: Port | Group, code: string): void {
  for (const wait of on.waits.splice(0)) {
    if (wait.task.alive) world.effects.push({ type: 'received', task: wait.task.id, receiveId: wait.id, code });
  }
}

export function leave(port: Port): void {
  if (port.group) port.group.members = port.group.members.filter((p) => p !== port);
  port.group = null;
}

/** What the task has not taken comes back, from the youngest on, and what was delivered on ports that come back with it. */
export function takeBack(world: World, task: Task, port: Port, untouched: boolean): void {
  const ports = [port];
  for (const at of ports) {
    for (let message = at.out.pop(); message; message = at.out.pop()) {
      ports.push(...giveBack(world, task, at, message, untouched));
      at.queue.unshift(message);
    }
  }
}

/** What the task still has of the message's rights is taken away again; answers the ports among them. */
function giveBack(world: World, task: Task, at: Port, message: Message, untouched: boolean): Port[] {
  const { given } = message;
  if (!given) throw new Error('never delivered');
  const rights = [message.reply, ...message.body];
  const names = [given.remote.name, ...given.rights.map((r) => r.name)];
  message.reply = { k: 'null', disp: 0 };
  message.body = [];
  message.given = undefined;
  world.inHand.push(message);
  rights.forEach((right, i) => {
    recover(world, task, at, right, names[i] ?? NULL, untouched, (r) => {
      if (i === 0) message.reply = r;
      else message.body.push(r);
    });
  });
  world.inHand = world.inHand.filter((m) => m !== message);
  return message.body.flatMap((r) => (r.k === 'recv' ? [r.port] : []));
}

function recover(
  world: World,
  task: Task,
  at: Port,
  right: Carry,
  name: number,
  untouched: boolean,
  place: (r: Carry) => void,
): void {
  if (right.k === 'null' || right.k === 'dead') return place(right);
  const disp = kindOf(right);
  if (name === NULL) return place({ k: 'null', disp });
  const cell = task.cells.find((c) => {
    if (right.k === 'once') return c.is === 'once' && c.once === right.once;
    return c.is === 'port' && c.port === right.port && (right.k === 'send' ? c.sends > 0 : c.receive);
  });
  if (cell && right.k === 'recv') {
    if (world.behind(at, right.port)) throw new Error('a port taken back waits behind itself');
    detach(world, cell);
    place({ ...right, limbo: false });
    if (cell.sends === 0) removeCell(world, cell);
    world.situations.push('a delivered receive right is taken back');
    return;
  }
  if (cell && right.k !== 'recv') {
    if (right.k === 'once' && untouched) right.once.hops -= 1;
    return take(world, cell, disp, place);
  }
  place({ k: 'dead', disp });
  const left = find(task, name);
  if (right.k !== 'recv' && !live(right) && left?.is === 'dead' && --left.refs === 0) removeCell(world, left);
}

export const live = (r: Carry): boolean =>
  r.k === 'once' ? !r.once.port.dead : r.k !== 'null' && r.k !== 'dead' && !r.port.dead;

/** The task gives up its receive right. What it has not taken is lost with the port, unless that goes elsewhere. */
export function loseReceive(world: World, cell: Cell): void {
  const { port, task } = cell;
  if (!port) throw new Error('no receive right');
  detach(world, cell);
  if (port.backup && !port.backup.port.dead) takeBack(world, task, port, task.alive);
  endPort(world, port);
}

export function endPort(world: World, port: Port): void {
  const { backup } = port;
  port.backup = null;
  if (backup && !backup.port.dead && !world.behind(backup.port, port)) {
    port.made = port.seq = 0;
    world.situations.push('a port goes to its backup');
    tell(world, backup, { id: NOTE.DESTROYED }, [{ k: 'recv', port, limbo: false }]);
    return;
  }
  if (backup) world.situations.push(backup.port.dead ? 'the backup is dead' : 'the backup waits behind the port');
  if (backup) tell(world, backup, { id: NOTE.SEND_ONCE, handled: 'maybe' });
  kill(world, port);
}

export function kill(world: World, port: Port): void {
  port.dead = true;
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
    if ((c.is === 'port' || c.is === 'once') && (c.port ?? c.once?.port) === port) mine.push(c);
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
