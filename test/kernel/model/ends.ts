import { destroyMessage, drop, lost, tell } from './drop.ts';
import { NOTE } from './rights.ts';
import { detach, endWaits, leave, takeBack } from './take.ts';
import type { Cell, Group, Port, Task, World } from './world.ts';

export function wipe(world: World, cell: Cell): void {
  const { port, once, sends, receive, watch } = cell;
  cell.watch = null;
  cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  if (cell.is === 'once' && once) drop(world, { k: 'once', once }, 'maybe');
  if (cell.is === 'port' && port && sends > 0) lost(world, port);
  if (receive) loseReceive(world, cell);
  if (cell.set) dissolve(world, cell.task, cell.set);
  if (watch) tell(world, watch.once, { id: 65, name: cell });
}

export function dropSend(world: World, cell: Cell): void {
  const { port, watch } = cell;
  if (!cell.receive) {
    cell.watch = null;
    cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  }
  if (port) lost(world, port);
  if (!cell.receive && watch) tell(world, watch.once, { id: 65, name: cell });
}

/** Its members live on, and are received from on their own. */
function dissolve(world: World, task: Task, group: Group): void {
  endWaits(world, group, 'MACH_RCV_PORT_DIED');
  for (const port of group.members) {
    leave(port);
    port.draining = false;
    takeBack(world, task, port, task.alive);
  }
}

/** The task gives up its receive right. What it has not taken is lost with the port, unless that goes elsewhere. */
export function loseReceive(world: World, cell: Cell): void {
  const { port, task } = cell;
  if (!port) throw new Error('no receive right');
  detach(world, cell);
  if (port.backup) takeBack(world, task, port, task.alive);
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
  for (const { cell, watch } of watched) if (watch) tell(world, watch.once, { id: NOTE.DEAD_NAME, name: cell });
}
