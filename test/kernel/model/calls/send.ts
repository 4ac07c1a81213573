import { blank, isDisp, isHeaderDisp, receiver } from './common.ts';
import type { Answer } from './common.ts';
import { destroyMessage, queue } from '../drop.ts';
import { put, settle } from '../queues.ts';
import { MEMORY, NULL, find, isSend, kindOf, may, plain } from '../rights.ts';
import type { Spec } from '../rights.ts';
import { take } from '../take.ts';
import type { Carry, Cell, Message, Task, World } from '../world.ts';

/** One function per kernel call. */
export const SEND = {
  send,

  send_cancel(w: World, t: Task, { sendId, code }: { sendId: number; code: string }): Answer {
    for (const port of w.ports) {
      const mine = port.stuck.find((s) => s.task === t && s.id === sendId);
      if (!mine) continue;
      port.stuck = port.stuck.filter((s) => s !== mine);
      return { ...restOfSend(w, t, mine.message), code };
    }
    return { code: 'KERN_INVALID_ARGUMENT' };
  },
};

type SendTrap = {
  sendId: number;
  poll: boolean;
  notify: boolean;
  cancel: number;
  message: { dest: Spec; reply: Spec; rights: readonly Spec[]; tag: number; bytes: number; payload: unknown };
};

function send(world: World, task: Task, { sendId, poll, notify, cancel, message: m }: SendTrap): Answer {
  if (!(m.bytes >= 0)) return { code: 'MACH_SEND_MSG_TOO_SMALL' };
  if (!isHeaderDisp(m.dest.disp) || (m.reply.disp === 0 ? m.reply.name !== NULL : !isHeaderDisp(m.reply.disp))) {
    return { code: 'MACH_SEND_INVALID_HEADER' };
  }
  if (isStuck(world, task, sendId)) return { code: 'KERN_INVALID_ARGUMENT' };
  if (isSend(m.dest.disp) && world.bytesOf(task) + m.bytes > world.limits.queuedBytesPerTask) {
    return { code: 'MACH_SEND_NO_BUFFER' };
  }
  const made = [m.dest, m.reply, ...m.rights].filter((r) => r.disp === 21 && !plain(r)).length;
  if (made > 0 && world.calls(task) + made > world.limits.pendingCalls) return { code: 'MACH_SEND_NO_BUFFER' };
  const unwanted = cancel === NULL ? undefined : receiver(task, cancel);
  if (unwanted && 'code' in unwanted) return { code: 'MACH_SEND_INVALID_NOTIFY' };
  const error = headerError(task, m.dest, m.reply);
  if (error) return { code: error };
  const message: Message = { ...blank(), bytes: m.bytes, payload: m.payload, payer: isSend(m.dest.disp) ? task : null };
  world.inHand.push(message);
  const to = find(task, m.dest.name);
  const back = plain(m.reply) ? undefined : find(task, m.reply.name);
  message.reply = plain(m.reply) ?? message.reply;
  // Both exist: a name whose last reference has moved into `to` is still this cell.
  const takeReply = (): void => {
    if (back) take(world, back, m.reply.disp, (right) => (message.reply = right), { tag: m.tag, caller: task });
  };
  const replyFirst = to === back && m.dest.disp === 17;
  if (replyFirst) takeReply();
  if (to)
    take(world, to, m.dest.disp, (right) => (message.to = right), {
      tag: 0,
      caller: task,
      ...(unwanted && { unwanted: unwanted.port }),
    });
  if (!replyFirst) takeReply();
  for (const [copiedIn, spec] of m.rights.entries()) {
    const bad = bodyItem(world, task, spec, message);
    if (!bad) continue;
    world.inHand = world.inHand.filter((x) => x !== message);
    destroyMessage(world, message);
    return { code: bad, value: copiedIn };
  }
  // What the copyin set off has been handed out before the message is queued.
  settle(world);
  world.inHand = world.inHand.filter((x) => x !== message);
  const port = message.to.k === 'send' ? message.to.port : message.to.k === 'once' ? message.to.once.port : null;
  if (!port || port.dead || port.standsFor) {
    destroyMessage(world, message);
    return { code: 0 };
  }
  if (message.to.k === 'send' && port.queue.length + port.out.length >= port.limit) {
    const { watch } = task.cells.find((c) => c.is === 'port' && c.port === port) ?? {};
    if (notify && watch?.possible && watch.armed === 0) {
      watch.armed = world.clock += 1;
      world.situations.push('a send arms a request');
    }
    if (message.loop && poll) world.situations.push('a message that closes a cycle is returned');
    if (poll) return restOfSend(world, task, message);
    port.stuck.push({ task, id: sendId, since: (world.clock += 1), message });
    return { code: 'blocked' };
  }
  if (message.loop) world.situations.push('a message that closes a cycle is destroyed');
  if (!world.owner(port)) world.situations.push('a message is queued while the receive right is in transit');
  if (message.loop) destroyMessage(world, message);
  else queue(world, port, message);
  return { code: 0 };
}

function bodyItem(world: World, task: Task, spec: Spec, message: Message): string | null {
  if (spec.disp === MEMORY) {
    message.body.push({ k: 'memory', length: spec.name });
    return spec.name === 0xffffffff ? 'MACH_SEND_INVALID_MEMORY' : null;
  }
  if (!isDisp(spec.disp)) return 'MACH_SEND_INVALID_TYPE';
  const nothing = plain(spec);
  if (nothing) message.body.push(nothing);
  if (nothing) return null;
  const cell = find(task, spec.name);
  if (!cell || !may(cell, spec.disp)) return 'MACH_SEND_INVALID_RIGHT';
  take(world, cell, spec.disp, (right) => message.body.push(right), { tag: 0, caller: task });
  const last = message.body.at(-1);
  const to = message.to.k === 'send' ? message.to.port : message.to.k === 'once' ? message.to.once.port : undefined;
  if (last?.k === 'recv' && to) {
    last.limbo = world.behind(to, last.port);
    message.loop ||= last.limbo;
  }
  return null;
}

/** §7.2: every check of the header, in order; null if both rights can be had. */
function headerError(task: Task, dest: Spec, reply: Spec): string | null {
  const to = find(task, dest.name);
  if (!to) return 'MACH_SEND_INVALID_DEST';
  const back = plain(reply) ? undefined : find(task, reply.name);
  if (!plain(reply) && (!back || !may(back, reply.disp))) return 'MACH_SEND_INVALID_REPLY';
  if (to.is === 'dead' || !may(to, dest.disp)) return 'MACH_SEND_INVALID_DEST';
  if (to !== back) return null;
  if (dest.disp === 18 || reply.disp === 18) return 'MACH_SEND_INVALID_DEST';
  return dest.disp === 17 && reply.disp === 17 && to.sends < 2 ? 'MACH_SEND_INVALID_DEST' : null;
}

function isStuck(world: World, task: Task, id: number): boolean {
  return world.ports.some((p) => p.stuck.some((s) => s.task === task && s.id === id));
}

function restOfSend(world: World, task: Task, message: Message): Answer {
  const rest = { ...blank(), body: [message.to, message.reply, ...message.body] };
  world.inHand.push(rest);
  const give = (right: Carry): { disp: number; name: number | Cell } => {
    rest.body.shift();
    return { disp: kindOf(right), name: put(world, task, right) };
  };
  const { to, reply, body, payload } = message;
  const returned = { dest: give(to), reply: give(reply), rights: body.map(give), payload };
  world.inHand = world.inHand.filter((m) => m !== rest);
  return { code: 'MACH_SEND_TIMED_OUT', returned };
}
