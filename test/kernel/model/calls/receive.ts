import { source } from './common.ts';
import type { Answer } from './common.ts';
import { head, receiveHead } from '../queues.ts';
import { NULL } from '../rights.ts';
import { Port } from '../world.ts';
import type { Task, World } from '../world.ts';

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
    const mine = w.waits().filter(({ wait }) => wait.task === t);
    if (mine.some(({ wait }) => wait.id === r.receiveId)) return { code: 'KERN_INVALID_ARGUMENT' };
    if (r.notify !== NULL && w.fullOfRequests(t)) return { code: 'KERN_RESOURCE_SHORTAGE' };
    const next = head(w, from);
    const wait = { task: t, id: r.receiveId, max: r.maxBytes, large: r.large, notify: r.notify };
    if (next) return receiveHead(w, next.port, next.cell, wait) as Answer;
    if (r.poll) return { code: 'MACH_RCV_TIMED_OUT' };
    if (mine.length >= w.limits.waitingReceives) return { code: 'KERN_RESOURCE_SHORTAGE' };
    from.waits.push(wait);
    return { code: 'waiting' };
  },

  receive_cancel(w: World, t: Task, { receiveId, code }: { receiveId: number; code: string }): Answer {
    const found = w.waits().find(({ wait }) => wait.task === t && wait.id === receiveId);
    if (!found) return { code: 'KERN_INVALID_ARGUMENT' };
    found.on.waits = found.on.waits.filter((x) => x !== found.wait);
    return { code };
  },
};
