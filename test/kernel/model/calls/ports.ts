import { guarded, receiver } from './common.ts';
import type { Answer, Named } from './common.ts';
import { letIn, possible } from '../queues.ts';
import { NULL, find } from '../rights.ts';
import { endWaits, leave, takeBack } from '../take.ts';
import type { Port, Task, World } from '../world.ts';

/** One function per kernel call. */
export const PORTS = {
  port_get_receive_status(w: World, t: Task, { name }: Named): Answer {
    const r = receiver(t, name);
    return 'code' in r ? r : { code: 0, status: statusOf(r.port, w.count()) };
  },

  port_set_qlimit(w: World, t: Task, { name, qlimit }: { name: number; qlimit: number }): Answer {
    if (!(qlimit >= 0 && qlimit <= 1024)) return { code: 'KERN_INVALID_VALUE' };
    const r = receiver(t, name);
    if ('code' in r) return r;
    const more = qlimit - r.port.limit;
    r.port.limit = qlimit;
    for (let i = 0; i < more; i += 1) letIn(w, r.port);
    if (r.port.queue.length + r.port.out.length < qlimit) possible(w, r.port);
    return { code: 0 };
  },

  port_set_mscount(_w: World, t: Task, { name, mscount }: { name: number; mscount: number }): Answer {
    const r = receiver(t, name);
    if ('code' in r) return r;
    r.port.made = mscount;
    return { code: 0 };
  },

  port_set_seqno(_w: World, t: Task, { name, seqno }: { name: number; seqno: number }): Answer {
    const r = receiver(t, name);
    if ('code' in r) return r;
    r.port.seq = seqno;
    return { code: 0 };
  },

  port_move_member(w: World, t: Task, { member, set }: { member: number; set: number }, by: Task): Answer {
    const r = receiver(t, member);
    if ('code' in r) return r;
    const cell = set === NULL ? undefined : find(t, set);
    if (set !== NULL && !cell) return { code: 'KERN_INVALID_NAME' };
    if (cell && !cell.set) return { code: 'KERN_INVALID_RIGHT' };
    const { port } = r;
    const group = cell?.set ?? null;
    if (!group && !port.group) return { code: 'KERN_NOT_IN_SET' };
    if (group === port.group) return { code: 0 };
    if (guarded(r.cell, by)) return { code: 'KERN_FAILURE' };
    leave(port);
    port.serving = port.draining = false;
    takeBack(w, t, port, true);
    if (!group) return { code: 0 };
    endWaits(w, port, 'MACH_RCV_PORT_CHANGED');
    port.group = group;
    group.members.push(port);
    for (const message of port.queue) message.stamp = w.clock += 1;
    w.stirred.push(port);
    return { code: 0 };
  },

  port_get_set_status(w: World, t: Task, { name }: Named): Answer {
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    if (!cell.set) return { code: 'KERN_INVALID_RIGHT' };
    return { code: 0, members: Object.fromEntries(cell.set.members.map((port) => [w.owner(port)?.name, true])) };
  },

  abort(w: World, t: Task, { replyPort, tag }: { replyPort: number; tag: number }): Answer {
    const on = receiver(t, replyPort);
    if ('code' in on) return on;
    const once = w.onces.findLast((o) => o.port === on.port && o.tag === tag);
    if (!once || once.gone || tag === 0) return { code: 0 };
    once.aborted = true;
    w.eachCell((c) => {
      if (c.is === 'once' && c.once === once) w.effects.push({ type: 'aborted', task: c.task.id, reply: c });
    });
    return { code: 0 };
  },
};

function statusOf(port: Port, { senders, onces }: ReturnType<World['count']>): Record<string, unknown> {
  return {
    seqno: port.seq,
    mscount: port.made,
    qlimit: port.limit,
    msgcount: port.queue.length + port.out.length,
    sorights: onces.get(port) ?? 0,
    srights: senders.has(port),
    pdrequest: port.backup !== null,
    nsrequest: port.noSenders !== null,
    pset: port.group?.cell()?.name ?? NULL,
  };
}
