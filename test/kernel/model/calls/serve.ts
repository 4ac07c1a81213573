import { blank, receiver, served, source } from './common.ts';
import type { Answer, Named } from './common.ts';
import { deliver, dequeued, spend } from '../queues.ts';
import { endWaits, leave, takeBack } from '../take.ts';
import { Port } from '../world.ts';
import type { Group, Task, World } from '../world.ts';

/** One function per kernel call. */
export const SERVE = {
  serve(w: World, t: Task, { name }: Named): Answer {
    const from = source(t, name);
    if ('code' in from) return from;
    if (from instanceof Port && from.group) return { code: 'MACH_RCV_IN_SET' };
    from.serving = true;
    endWaits(w, from, 'MACH_RCV_PORT_CHANGED');
    if (from instanceof Port) w.stirred.push(from);
    else pushByArrival(w, from);
    return { code: 0 };
  },

  taken(w: World, t: Task, { name, count }: { name: number; count: number }): Answer {
    const on = receiver(t, name);
    if ('code' in on) return on;
    if (!(count >= 0 && count <= on.port.out.length)) return { code: 'KERN_INVALID_VALUE' };
    takeDelivered(w, on.port, count);
    w.stirred.push(on.port);
    return { code: 0 };
  },

  drained(w: World, t: Task, { name, taken }: { name: number; taken: number }): Answer {
    const on = receiver(t, name);
    if ('code' in on) return on;
    const { port } = on;
    if (!served(port)) return { code: 'KERN_INVALID_ARGUMENT' };
    if (!(taken >= 0 && taken <= port.out.length)) return { code: 'KERN_INVALID_VALUE' };
    leave(port);
    port.serving = port.draining = false;
    takeDelivered(w, port, taken);
    takeBack(w, t, port, true);
    return { code: 0, value: port.seq };
  },
};

export function drain(world: World, task: Task, name: number): Answer {
  const on = receiver(task, name);
  if ('code' in on) return on;
  const { port, cell } = on;
  if (!served(port) || port.draining) return { code: 'KERN_INVALID_ARGUMENT' };
  port.draining = true;
  world.effects.push({ type: 'drain', task: task.id, name: cell });
  return { code: 0 };
}

function takeDelivered(world: World, port: Port, count: number): void {
  for (const message of port.out.slice(0, count)) {
    port.out.shift();
    port.seq += 1;
    world.inHand.push({ ...blank(), to: message.to });
    dequeued(world, port);
    world.inHand.pop();
    spend(world, message.to);
  }
}

function pushByArrival(world: World, group: Group): void {
  const backlog = group.members.flatMap((port) => port.queue.map(({ stamp }) => ({ port, stamp })));
  for (const { port } of backlog.toSorted((a, b) => a.stamp - b.stamp)) {
    const cell = world.owner(port);
    if (cell) deliver(world, port, cell);
  }
}
