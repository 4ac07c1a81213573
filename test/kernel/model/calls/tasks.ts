import { destroyMessage } from '../drop.ts';
import { kill, wipe } from '../ends.ts';
import { takeBack } from '../take.ts';
import { Task } from '../world.ts';
import type { World } from '../world.ts';

export function createTask(world: World): Task {
  const task = new Task(world.tasks.length + 1);
  world.tasks.push(task);
  world.ports.push(task.taskPort);
  return task;
}

export function endTask(world: World, task: Task): void {
  task.alive = false;
  const stuck = world.ports.flatMap((port) => port.stuck.filter((s) => s.task === task));
  for (const port of world.ports) port.waits = port.waits.filter((w) => w.task !== task);
  for (const cell of task.cells) cell.set?.waits.splice(0);
  for (const mine of stuck.toSorted((a, b) => a.since - b.since)) {
    for (const port of world.ports) port.stuck = port.stuck.filter((s) => s !== mine);
    destroyMessage(world, mine.message);
  }
  for (const { receive, port } of task.cells.slice()) {
    if (receive && port?.backup) takeBack(world, task, port, false);
  }
  for (const cell of task.cells.slice()) if (task.cells.includes(cell)) wipe(world, cell);
  kill(world, task.taskPort);
}
