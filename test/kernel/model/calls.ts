import {
  DEAD,
  NULL,
  deliver,
  dequeued,
  destroyMessage,
  drop,
  endWaits,
  find,
  head,
  isOnce,
  isSend,
  kill,
  kindOf,
  leave,
  letIn,
  live,
  loseReceive,
  lost,
  may,
  plain,
  possible,
  put,
  queue,
  receiveHead,
  removeCell,
  roomFor,
  settle,
  spend,
  take,
  takeBack,
  tell,
} from './moves.ts';
import type { Spec } from './moves.ts';
import { Cell, Group, Port, Task } from './world.ts';
import type { Carry, Message, World } from './world.ts';

type Answer = { code: string | 0 } & Record<string, unknown>;
type Named = { name: number };

const isName = (n: number): boolean => Number.isInteger(n) && n > 0 && n < DEAD;
const isHeaderDisp = (d: number): boolean => isSend(d) || isOnce(d);
const isDisp = (d: number): boolean => isHeaderDisp(d) || d === 16;
const typeBits = (c: Cell): number => {
  if (c.is === 'dead') return 2 ** 20;
  if (c.is === 'set') return 2 ** 19;
  const bits = c.once ? 2 ** 18 : (c.sends > 0 ? 2 ** 16 : 0) + (c.receive ? 2 ** 17 : 0);
  return bits + (c.watch ? 2 ** 31 : 0);
};
const refs = (c: Cell, right: number): number => {
  const has = [
    c.is === 'port' ? c.sends : 0,
    c.receive ? 1 : 0,
    c.is === 'once' ? 1 : 0,
    c.is === 'set' ? 1 : 0,
    c.is === 'dead' ? c.refs : 0,
  ];
  return has[right] ?? 0;
};

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
    if (receive && port?.backup && !port.backup.port.dead) takeBack(world, task, port, false);
  }
  for (const cell of task.cells.slice()) if (task.cells.includes(cell)) wipe(world, cell);
  kill(world, task.taskPort);
}

function wipe(world: World, cell: Cell): void {
  const { port, once, sends, receive, watch } = cell;
  cell.watch = null;
  cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  if (cell.is === 'once' && once) drop(world, { k: 'once', once }, 'maybe');
  if (cell.is === 'port' && port && sends > 0) lost(world, port);
  if (receive) loseReceive(world, cell);
  if (cell.set) dissolve(world, cell.task, cell.set);
  if (watch) tell(world, watch.once, { id: 65, name: cell.name });
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

/** A right as an argument: it is in hand until `use` is done with it. */
function withRight(world: World, task: Task, spec: Spec, tag: number, use: (right: Carry) => Answer): Answer {
  if (!isDisp(spec.disp)) return { code: 'KERN_INVALID_VALUE' };
  const nothing = plain(spec);
  if (nothing) return use(nothing);
  const cell = find(task, spec.name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (!may(cell, spec.disp)) return { code: 'KERN_INVALID_RIGHT' };
  const hand = blank();
  world.inHand.push(hand);
  take(world, cell, spec.disp, (right) => hand.body.push(right), { tag, caller: null });
  const [right] = hand.body;
  if (!right) throw new Error('nothing was taken');
  const refuse = use(right);
  world.inHand = world.inHand.filter((m) => m !== hand);
  hand.body.length = 0;
  if (refuse.code !== 0) drop(world, right, 'maybe');
  return refuse;
}

function blank(): Message {
  const none: Carry = { k: 'null', disp: 0 };
  return { to: none, reply: none, body: [], bytes: 0, payload: null, note: null, payer: null, stamp: 0, loop: false };
}

function receiver(task: Task, name: number): { cell: Cell; port: Port } | Answer {
  const cell = find(task, name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  return cell.receive && cell.port ? { cell, port: cell.port } : { code: 'KERN_INVALID_RIGHT' };
}

/** What can be received from. */
function source(task: Task, name: number): Port | Group | { code: string } {
  const cell = find(task, name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (cell.set) return cell.set;
  return cell.receive && cell.port ? cell.port : { code: 'KERN_INVALID_RIGHT' };
}

function targetTask(task: Task, name: number): Task | null {
  if (name === NULL) return task;
  const cell = find(task, name);
  return cell?.is === 'port' && cell.sends > 0 ? (cell.port?.standsFor ?? null) : null;
}

export function grant(world: World, from: Task, spec: Spec, to: Task): Answer {
  if (!isDisp(spec.disp)) return { code: 'KERN_INVALID_VALUE' };
  const cell = find(from, spec.name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (!may(cell, spec.disp)) return { code: 'KERN_INVALID_RIGHT' };
  const joins = !isOnce(spec.disp) && to.cells.some((c) => c.is === 'port' && c.port === cell.port);
  if (cell.is !== 'dead' && !joins && to.cells.length >= world.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
  if (spec.disp === 16 && cell.is === 'port' && from !== to) {
    if (cell.port?.serving || cell.port?.group?.serving) return { code: 'KERN_FAILURE' };
    if (cell.port?.payer !== to && world.fullOfPorts(to)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  }
  return withRight(world, from, spec, 0, (right) => {
    if (right.k === 'once' && from !== to) right.once.hops += 1;
    return { code: 0, disp: kindOf(right), name: put(world, to, right) };
  });
}

const served = (port: Port): boolean => port.serving || port.group?.serving === true;

export function drain(world: World, task: Task, name: number): Answer {
  const on = receiver(task, name);
  if ('code' in on) return on;
  const { port, cell } = on;
  if (!served(port) || port.draining) return { code: 'KERN_INVALID_ARGUMENT' };
  port.draining = true;
  world.effects.push({ type: 'drain', task: task.id, name: cell });
  return { code: 0 };
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

type SendTrap = {
  sendId: number;
  poll: boolean;
  notify?: boolean;
  message: { dest: Spec; reply: Spec; rights: readonly Spec[]; tag: number; bytes: number; payload: unknown };
};

function isStuck(world: World, task: Task, id: number): boolean {
  return world.ports.some((p) => p.stuck.some((s) => s.task === task && s.id === id));
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

function send(world: World, task: Task, { sendId, poll, notify, message: m }: SendTrap): Answer {
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
  if (to) take(world, to, m.dest.disp, (right) => (message.to = right), { tag: 0, caller: task });
  if (!replyFirst) takeReply();
  for (const spec of m.rights) {
    const bad = isDisp(spec.disp) ? bodyItem(world, task, spec, message) : 'MACH_SEND_INVALID_TYPE';
    if (!bad) continue;
    world.inHand = world.inHand.filter((x) => x !== message);
    destroyMessage(world, message);
    return { code: bad };
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

function allocate(world: World, task: Task, right: number, name?: number): Answer {
  if (right !== 1 && right !== 3 && right !== 4) return { code: 'KERN_INVALID_VALUE' };
  if (name !== undefined && find(task, name)) return { code: 'KERN_NAME_EXISTS' };
  if (task.cells.length >= world.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
  if (right === 1 && world.fullOfPorts(task)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const port = new Port();
  if (right === 1) world.ports.push(port);
  port.payer = task;
  const set = new Group(() => cell);
  const cell: Cell = new Cell(
    task,
    right === 1 ? { port, receive: true, name } : right === 3 ? { set, name } : { refs: 1, name },
  );
  task.cells.push(cell);
  return { code: 0, name: cell };
}

/** One function per kernel call. */
export const CALLS = {
  port_allocate: (w: World, t: Task, { right }: { right: number }): Answer => allocate(w, t, right),

  port_allocate_name: (w: World, t: Task, { right, name }: { right: number; name: number }): Answer =>
    isName(name) ? allocate(w, t, right, name) : { code: 'KERN_INVALID_VALUE' },

  port_rename(_w: World, t: Task, { old, name }: { old: number; name: number }): Answer {
    if (!isName(name)) return { code: 'KERN_INVALID_VALUE' };
    if (find(t, name)) return { code: 'KERN_NAME_EXISTS' };
    const cell = find(t, old);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    cell.name = name;
    // It comes last now: §14 leaves open in which order a task's names end, and the kernel ends them by age.
    t.cells = [...t.cells.filter((c) => c !== cell), cell];
    return { code: 0 };
  },

  port_type(_w: World, t: Task, { name }: Named): Answer {
    const cell = find(t, name);
    return cell ? { code: 0, value: typeBits(cell) } : { code: 'KERN_INVALID_NAME' };
  },

  port_names: (_w: World, t: Task): Answer => ({
    code: 0,
    table: Object.fromEntries(t.cells.map((c) => [c.name, typeBits(c)])),
  }),

  port_get_refs(_w: World, t: Task, { name, right }: { name: number; right: number }): Answer {
    if (!(right >= 0 && right <= 4)) return { code: 'KERN_INVALID_VALUE' };
    const cell = find(t, name);
    return cell ? { code: 0, value: refs(cell, right) } : { code: 'KERN_INVALID_NAME' };
  },

  port_mod_refs(w: World, t: Task, { name, right, delta }: { name: number; right: number; delta: number }): Answer {
    if (!(right >= 0 && right <= 4)) return { code: 'KERN_INVALID_VALUE' };
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    const has = refs(cell, right);
    if (has === 0) return { code: 'KERN_INVALID_RIGHT' };
    const single = right === 1 || right === 2 || right === 3;
    if (has + delta < 0 || (single && delta > 0)) return { code: 'KERN_INVALID_VALUE' };
    if (!single && has + delta > (right === 0 ? 65534 : 65535)) return { code: 'KERN_UREFS_OVERFLOW' };
    if (delta === 0) return { code: 0 };
    if (right === 4) {
      cell.refs += delta;
      if (cell.refs === 0) removeCell(w, cell);
    } else if (right === 1 && cell.sends > 0) {
      loseReceive(w, cell);
    } else if (single) {
      wipe(w, cell);
    } else {
      cell.sends += delta;
      if (cell.sends === 0) dropSend(w, cell);
    }
    return { code: 0 };
  },

  port_deallocate(w: World, t: Task, { name }: Named): Answer {
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    if (cell.is === 'set' || (cell.is === 'port' && cell.sends === 0)) return { code: 'KERN_INVALID_RIGHT' };
    return CALLS.port_mod_refs(w, t, { name, right: cell.is === 'dead' ? 4 : cell.is === 'once' ? 2 : 0, delta: -1 });
  },

  port_destroy(w: World, t: Task, { name }: Named): Answer {
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    wipe(w, cell);
    return { code: 0 };
  },

  port_insert_right(
    w: World,
    t: Task,
    { target, name, right: spec }: { target: number; name: number; right: Spec },
  ): Answer {
    const into = targetTask(t, target);
    if (!into) return { code: 'MACH_SEND_INVALID_DEST' };
    return withRight(w, t, spec, 0, (right) => {
      if (!isName(name)) return { code: 'KERN_INVALID_VALUE' };
      if (!live(right)) return { code: 'KERN_INVALID_CAPABILITY' };
      const same = 'port' in right ? into.cells.find((c) => c.is === 'port' && c.port === right.port) : undefined;
      if (same && same.name !== name) return { code: 'KERN_RIGHT_EXISTS' };
      if (!same && find(into, name)) return { code: 'KERN_NAME_EXISTS' };
      if (right.k === 'send' && same && same.sends >= 65534) return { code: 'KERN_UREFS_OVERFLOW' };
      if (!same && into.cells.length >= w.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
      if (right.k === 'recv' && right.port.payer !== into && w.fullOfPorts(into))
        return { code: 'KERN_RESOURCE_SHORTAGE' };
      if (right.k === 'once' && into !== t) right.once.hops += 1;
      put(w, into, right, name);
      return { code: 0 };
    });
  },

  port_extract_right(
    w: World,
    t: Task,
    { target, name, disp }: { target: number; name: number; disp: number },
  ): Answer {
    const from = targetTask(t, target);
    return from ? grant(w, from, { disp, name }, t) : { code: 'MACH_SEND_INVALID_DEST' };
  },

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

  port_move_member(w: World, t: Task, { member, set }: { member: number; set: number }): Answer {
    const r = receiver(t, member);
    if ('code' in r) return r;
    const cell = set === NULL ? undefined : find(t, set);
    if (set !== NULL && !cell) return { code: 'KERN_INVALID_NAME' };
    if (cell && !cell.set) return { code: 'KERN_INVALID_RIGHT' };
    const { port } = r;
    const group = cell?.set ?? null;
    if (!group && !port.group) return { code: 'KERN_NOT_IN_SET' };
    if (group === port.group) return { code: 0 };
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

  port_request_notification(
    w: World,
    t: Task,
    r: { name: number; variant: number; sync: number; notify: Spec; tag: number },
  ): Answer {
    const cancel = r.notify.name === NULL;
    if (!cancel && !isOnce(r.notify.disp)) return { code: 'KERN_INVALID_VALUE' };
    const spec = cancel ? { disp: 18, name: NULL } : r.notify;
    let previous: Carry = { k: 'null', disp: 18 };
    const answer = withRight(w, t, spec, r.tag, (right) => {
      if (right.k === 'dead') return { code: 'KERN_INVALID_CAPABILITY' };
      const once = right.k === 'once' ? right.once : null;
      const before = (): Answer => (roomFor(w, t, previous) ? { code: 0 } : { code: 'KERN_NO_SPACE' });
      if (r.variant === 70) {
        const on = receiver(t, r.name);
        if ('code' in on) return on;
        const { port } = on;
        if (port.noSenders) previous = { k: 'once', once: port.noSenders };
        if (before().code !== 0) return before();
        const now = once !== null && w.senders(port) === 0 && r.sync <= port.made;
        port.noSenders = now ? null : once;
        if (now) tell(w, once, { id: 70, mscount: port.made });
        return { code: 0 };
      }
      if (r.variant === 69) {
        if (r.sync !== 0) return { code: 'KERN_INVALID_VALUE' };
        const on = receiver(t, r.name);
        if ('code' in on) return on;
        if (on.port.backup) previous = { k: 'once', once: on.port.backup };
        if (before().code === 0) on.port.backup = once;
        return before();
      }
      if (r.variant !== 72 && r.variant !== 66) return { code: 'KERN_INVALID_VALUE' };
      const cell = find(t, r.name);
      if (!cell) return { code: 'KERN_INVALID_NAME' };
      if (cell.is === 'set') return { code: 'KERN_INVALID_RIGHT' };
      if (cell.is === 'dead') {
        if (r.sync === 0 || !once) return { code: 'KERN_INVALID_ARGUMENT' };
        if (cell.refs >= 65535) return { code: 'KERN_UREFS_OVERFLOW' };
        cell.refs += 1;
        tell(w, once, { id: 72, name: cell.name });
        return { code: 0 };
      }
      if (cell.watch) previous = { k: 'once', once: cell.watch.once };
      if (before().code !== 0) return before();
      const since = cell.watch?.since ?? (w.clock += 1);
      const ask = r.variant === 66 && r.sync !== 0;
      const { port } = cell;
      const free = !port || port.standsFor !== null || port.queue.length + port.out.length < port.limit;
      cell.watch = once && { once, since, possible: r.variant === 66, armed: ask && port ? (w.clock += 1) : 0 };
      if (ask && once && free) {
        cell.watch = null;
        tell(w, once, { id: 66, name: cell.name });
      }
      return { code: 0 };
    });
    return answer.code === 0 ? { code: 0, disp: kindOf(previous), name: put(w, t, previous) } : answer;
  },

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

  receive(
    w: World,
    t: Task,
    r: { name: number; receiveId: number; maxBytes: number; large: boolean; poll: boolean },
  ): Answer {
    const from = source(t, r.name);
    if ('code' in from) return { code: 'MACH_RCV_INVALID_NAME' };
    if (from.serving || (from instanceof Port && from.group)) return { code: 'MACH_RCV_IN_SET' };
    if (waits(w).some(({ wait }) => wait.task === t && wait.id === r.receiveId))
      return { code: 'KERN_INVALID_ARGUMENT' };
    const next = head(w, from);
    if (next) return receiveHead(w, next.port, next.cell, r.maxBytes, r.large) as Answer;
    if (r.poll) return { code: 'MACH_RCV_TIMED_OUT' };
    from.waits.push({ task: t, id: r.receiveId, max: r.maxBytes, large: r.large });
    return { code: 'waiting' };
  },

  receive_cancel(w: World, t: Task, { receiveId, code }: { receiveId: number; code: string }): Answer {
    const found = waits(w).find(({ wait }) => wait.task === t && wait.id === receiveId);
    if (!found) return { code: 'KERN_INVALID_ARGUMENT' };
    found.on.waits = found.on.waits.filter((x) => x !== found.wait);
    return { code };
  },

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

function waits(world: World): { on: Port | Group; wait: Port['waits'][number] }[] {
  const groups: Group[] = [];
  world.eachCell((c) => {
    if (c.set) groups.push(c.set);
  });
  return [...world.ports, ...groups].flatMap((on) => on.waits.map((wait) => ({ on, wait })));
}

function pushByArrival(world: World, group: Group): void {
  const backlog = group.members.flatMap((port) => port.queue.map(({ stamp }) => ({ port, stamp })));
  for (const { port } of backlog.toSorted((a, b) => a.stamp - b.stamp)) {
    const cell = world.owner(port);
    if (cell) deliver(world, port, cell);
  }
}

function dropSend(world: World, cell: Cell): void {
  const { port, watch } = cell;
  if (!cell.receive) {
    cell.watch = null;
    cell.task.cells = cell.task.cells.filter((c) => c !== cell);
  }
  if (port) lost(world, port);
  if (!cell.receive && watch) tell(world, watch.once, { id: 65, name: cell.name });
}

export function statusOf(port: Port, { senders, onces }: ReturnType<World['count']>): Record<string, unknown> {
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
