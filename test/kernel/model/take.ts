import { tell } from './drop.ts';
import { NOTE, NULL, find, isMove, kindOf, kindSent, live } from './rights.ts';
import type { Carry, Cell, Group, Message, Port, Task, World } from './world.ts';

/** `place` is called with the right before the space can fire anything, so that a scan sees it where it is going. */
export function take(
  world: World,
  cell: Cell,
  disp: number,
  place: (right: Carry) => void,
  { unwanted, ...made }: { tag: number; caller: Task | null; unwanted?: Port } = { tag: 0, caller: null },
): void {
  if (cell.is === 'dead') {
    place({ k: 'dead', disp: kindSent(disp) });
    if (isMove(disp) && --cell.refs === 0) removeCell(world, cell);
  } else if (cell.once) {
    place({ k: 'once', once: cell.once });
    removeCell(world, cell, unwanted);
  } else if (cell.port && disp === 21) {
    const once = { port: cell.port, maker: cell.task, ...made, hops: 0, aborted: false, gone: false };
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
    if (disp === 17 && --cell.sends === 0 && !cell.receive) removeCell(world, cell, unwanted);
  }
}

/** The port `unwanted` is not told. */
export function removeCell(world: World, cell: Cell, unwanted?: Port): void {
  cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  const { watch, name } = cell;
  cell.watch = null;
  if (watch && watch.once.port === unwanted) {
    watch.once.gone = true;
    world.situations.push('a port-deleted is not told');
    return;
  }
  if (watch) tell(world, watch.once, { id: NOTE.DELETED, name });
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

export function leave(port: Port): void {
  if (port.group) port.group.members = port.group.members.filter((p) => p !== port);
  port.group = null;
}

export function endWaits(world: World, on: Port | Group, code: string): void {
  for (const wait of on.waits.splice(0)) {
    if (wait.task.alive) world.effects.push({ type: 'received', task: wait.task.id, receiveId: wait.id, code });
  }
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
  if (right.k === 'null' || right.k === 'dead' || right.k === 'memory') return place(right);
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
