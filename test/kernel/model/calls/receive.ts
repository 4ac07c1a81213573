import { source } from './common.ts';
import type { Answer } from './common.ts';
import { head, receiveHead } from '../queues.ts';
import { Port } from '../world.ts';
import type { Group, Task, World } from '../world.ts';

/** One function per kernel call. */
export const RECEIVE = {
  receive(
    w: World,
    t: Task,
    r: { name: number; receiveId: number; maxBytes: number; large: boolean; poll: boolean; notify: number },
  ): Answer {
    const from = source(t, r.name);
    if ('code' in from) return { code: 'MACH_RCV_INVALID_NAME' };
    if (from.serving || (from instanceof Port && from.group)) return { code: 'MACH_RCV_IN_SET' };
    if (waits(w).some(({ wait }) => wait.task === t && wait.id === r.receiveId))
      return { code: 'KERN_INVALID_ARGUMENT' };
    const next = head(w, from);
    const wait = { task: t, id: r.receiveId, max: r.maxBytes, large: r.large, notify: r.notify };
    if (next) return receiveHead(w, next.port, next.cell, wait) as Answer;
    if (r.poll) return { code: 'MACH_RCV_TIMED_OUT' };
    from.waits.push(wait);
    return { code: 'waiting' };
  },

  receive_cancel(w: World, t: Task, { receiveId, code }: { receiveId: number; code: string }): Answer {
    const found = waits(w).find(({ wait }) => wait.task === t && wait.id === receiveId);
    if (!found) return { code: 'KERN_INVALID_ARGUMENT' };
    found.on.waits = found.on.waits.filter((x) => x !== found.wait);
    return { code };
  },
};

function waits(world: World): { on: Port | Group; wait: Port['waits'][number] }[] {
  const groups: Group[] = [];
  world.eachCell((c) => {
    if (c.set) groups.push(c.set);
  });
  return [...world.ports, ...groups].flatMap((on) => on.waits.map((wait) => ({ on, wait })));
}
