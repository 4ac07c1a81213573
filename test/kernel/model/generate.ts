import type { RightSpec, Trap } from '../../../src/kernel/index.ts';
import type { Random } from './random.ts';
import type { Cell, Task, World } from './world.ts';

const WEIGHTS: Readonly<Record<Trap['op'], number>> = {
  port_allocate: 9,
  port_allocate_name: 2,
  port_rename: 2,
  port_type: 1,
  port_names: 1,
  port_get_refs: 2,
  port_mod_refs: 9,
  port_deallocate: 6,
  port_destroy: 2,
  port_insert_right: 7,
  port_extract_right: 6,
  port_move_member: 8,
  port_get_set_status: 1,
  port_get_receive_status: 2,
  port_set_qlimit: 3,
  port_set_mscount: 1,
  port_set_seqno: 1,
  port_request_notification: 15,
  send: 38,
  send_cancel: 3,
  receive: 12,
  receive_cancel: 3,
  serve: 3,
  taken: 7,
  drained: 3,
  abort: 4,
};

type Wish = (cell: Cell) => boolean;
const receives: Wish = (c) => c.receive;
const sends: Wish = (c) => c.is === 'port' && c.sends > 0;
const isOnce: Wish = (c) => c.is === 'once';
const isDead: Wish = (c) => c.is === 'dead';
const isSet: Wish = (c) => c.is === 'set';
const isServed: Wish = (c) => receives(c) && (c.port?.serving === true || c.port?.group?.serving === true);
const isGuarded: Wish = (c) => isServed(c) || c.set?.serving === true;
/** What a task can receive from by itself. */
const isSource: Wish = (c) =>
  isSet(c) ? c.set?.serving === false : receives(c) && c.port?.serving === false && c.port.group === null;
/** A set that has to choose among its members. */
const hasChoice: Wish = (c) => isSource(c) && (c.set?.members.filter((port) => port.queue.length > 0).length ?? 0) > 1;
const hasBackup: Wish = (c) => receives(c) && c.port?.backup !== null;
const anything: Wish = () => true;

/** Mostly sensible calls: the names are the task's own and fit what is done with them, but for a few in a hundred. */
export class Generator {
  readonly #random: Random;
  readonly #world: World;
  #payload = 0;

  constructor(random: Random, world: World) {
    this.#random = random;
    this.#world = world;
  }

  /** What `task` does next, on itself or by its name for the task port of another. */
  call(task: Task): { trap: Trap; on: number } {
    for (let tries = 0; tries < 8; tries += 1) {
      const op = this.#random.weighted(WEIGHTS);
      const { on, whose } = this.#on(task, op);
      if (this.#makesSense(op, whose) || this.#random.chance(0.03)) return { trap: this.#make(op, whose, task), on };
    }
    return { trap: this.#make('port_allocate', task, task), on: 0 };
  }

  /** A port that the task serves, mostly. */
  served(task: Task): number {
    return this.#name(task, isServed);
  }

  /** With it, whoever gets it makes calls on the task. */
  taskPort(task: Task): RightSpec {
    return { disp: 19, name: this.#name(task, (c) => c.port?.standsFor === task) };
  }

  /** A right to give away; `among` says from which of the task's names. */
  spec(task: Task, among: Wish = anything): RightSpec {
    const random = this.#random;
    if (random.chance(0.01)) return { disp: random.pick([0, 9, 16, 22, 99]), name: this.#name(task, among) };
    const name = this.#name(
      task,
      (c) => among(c) && (c.is !== 'dead' || random.chance(0.1)) && (c.is !== 'set' || random.chance(0.01)),
    );
    const cell = task.cells.find((c) => c.name === name);
    if (cell === undefined || isSet(cell) || random.chance(0.04))
      return { disp: random.pick([17, 18, 19, 20, 21]), name };
    if (isOnce(cell)) return { disp: 18, name };
    if (isDead(cell)) return { disp: random.pick([17, 18, 19]), name };
    return { disp: random.pick([...(sends(cell) ? [17, 19, 19] : []), ...(receives(cell) ? [20, 21] : [])]), name };
  }

  /** One that may be the receive right: not where it would be an error, and mostly not of the port it is sent to. */
  bodySpec(task: Task, chance: number, dest = 0): RightSpec {
    const random = this.#random;
    if (!random.chance(chance) || !task.cells.some(receives)) return this.spec(task);
    const served = random.chance(0.3);
    const wish: Wish = (c) => receives(c) && c.name !== dest && (!served || isServed(c));
    return { disp: 16, name: this.#name(task, random.chance(0.1) ? receives : wish) };
  }

  #makesSense(op: Trap['op'], task: Task): boolean {
    const has = (wish: Wish): boolean => task.cells.some(wish);
    if (op === 'send_cancel') return this.#stuckIds(task).length > 0;
    if (op === 'receive_cancel') return this.#waitIds(task).length > 0;
    if (op === 'receive') return has(isSource);
    if (op === 'taken') return has((c) => receives(c) && (c.port?.out.length ?? 0) > 0);
    if (op === 'drained') return has(isServed);
    if (op === 'port_move_member') return has(receives) && has((c) => isSet(c) || (c.port?.group ?? null) !== null);
    if (op === 'port_get_set_status') return has(isSet);
    if (op === 'send') return has((c) => isOnce(c) || receives(c) || (sends(c) && c.port?.standsFor === null));
    if (op === 'port_request_notification' || op === 'abort' || op === 'serve') return has(receives);
    return op.startsWith('port_set') || op === 'port_get_receive_status' ? has(receives) : true;
  }

  /** `task` is that which the call is made on: the rights in it are the caller's. */
  #make(op: Trap['op'], task: Task, caller: Task): Trap {
    const random = this.#random;
    switch (op) {
      case 'port_allocate':
        return { op, right: random.pick([1, 1, 1, 1, 1, 1, 3, 4, random.chance(0.3) ? 7 : 1]) };
      case 'port_allocate_name':
        return { op, right: random.pick([1, 1, 1, 3, 4, random.chance(0.3) ? 2 : 1]), name: this.#newName(task) };
      case 'port_rename':
        return { op, old: random.chance(0.1) ? 9_999 : this.#name(task, anything), name: this.#newName(task) };
      case 'port_type':
      case 'port_deallocate':
        return {
          op,
          name: this.#name(task, op === 'port_deallocate' ? (c) => (!receives(c) && !isSet(c)) || sends(c) : anything),
        };
      case 'port_destroy':
        return {
          op,
          name: this.#name(task, this.#servedBy(task, caller) ?? (random.chance(0.3) ? hasBackup : anything)),
        };
      case 'port_names':
        return { op };
      case 'port_get_refs':
        return { op, name: this.#name(task, anything), right: random.below(6) };
      case 'port_mod_refs':
        return this.#modRefs(task, caller);
      case 'port_insert_right':
        return { op, name: this.#nameFor(task), right: this.#inserted(task, caller) };
      case 'port_extract_right':
        return { op, ...this.bodySpec(task, task === caller ? 0.1 : 0.35) };
      case 'port_move_member':
        return this.#moveMember(task, caller);
      case 'port_get_set_status':
        return { op, name: this.#name(task, isSet) };
      case 'port_get_receive_status':
        return { op, name: this.#name(task, receives) };
      case 'port_set_qlimit':
        return {
          op,
          name: this.#name(task, receives),
          qlimit: random.pick([0, 1, 1, 1, 2, 2, 3, 5, 1024, random.chance(0.5) ? 1025 : 2]),
        };
      case 'port_set_mscount':
        return { op, name: this.#name(task, receives), mscount: random.below(4) };
      case 'port_set_seqno':
        return { op, name: this.#name(task, receives), seqno: random.below(100) };
      case 'port_request_notification':
        return this.#request(task, caller);
      case 'send':
        return this.#send(task);
      case 'send_cancel':
        return {
          op,
          sendId: this.#id(this.#stuckIds(task)),
          code: random.pick(['MACH_SEND_TIMED_OUT', 'MACH_SEND_INTERRUPTED']),
        };
      case 'receive':
        return this.#receive(task);
      case 'receive_cancel':
        return {
          op,
          receiveId: this.#id(this.#waitIds(task)),
          code: random.pick(['MACH_RCV_TIMED_OUT', 'MACH_RCV_INTERRUPTED']),
        };
      case 'serve':
        return {
          op,
          name: this.#name(task, (c) => isSet(c) || (receives(c) && (c.port?.group === null || random.chance(0.1)))),
        };
      case 'taken':
        return {
          op,
          name: this.#name(task, (c) => (c.port?.out.length ?? 0) > 0),
          count: random.pick([1, 1, 1, 1, 0, 2]),
        };
      case 'drained':
        return { op, name: this.#name(task, isServed), taken: random.below(2) };
      case 'abort':
        return { op, replyPort: this.#name(task, receives), tag: this.#tag() };
    }
  }

  #name(task: Task, wish: Wish): number {
    const random = this.#random;
    const own = task.cells.filter((c) => c.name !== undefined);
    if (own.length === 0 || random.chance(0.01)) return random.pick([0, 0xffffffff, 9_999, 2]);
    const wanted = own.filter(wish);
    return random.pick(wanted.length > 0 && random.chance(0.98) ? wanted : own).name ?? 0;
  }

  #newName(task: Task): number {
    const random = this.#random;
    if (random.chance(0.1)) return this.#name(task, anything);
    return random.chance(0.1) ? random.below(30) : 0x4000_0000 + random.below(1000);
  }

  /** Rights go in and out of another task as often as not; the other calls are mostly a task's own. */
  #on(task: Task, op: Trap['op']): { on: number; whose: Task } {
    const random = this.#random;
    const isTransfer = op === 'port_insert_right' || op === 'port_extract_right';
    if (random.chance(0.01)) return { on: this.#name(task, anything), whose: task };
    const held = task.cells.filter((c) => sends(c) && c.port?.standsFor?.alive);
    if (held.length === 0 || !random.chance(isTransfer ? 0.7 : op.startsWith('port_') ? 0.25 : 0.01)) {
      return { on: 0, whose: task };
    }
    const others = held.filter((c) => c.port?.standsFor !== task);
    const through = random.pick(others.length > 0 && random.chance(0.9) ? others : held);
    return { on: through.name ?? 0, whose: through.port?.standsFor ?? task };
  }

  #inserted(into: Task, caller: Task): RightSpec {
    // A send-once right never joins a name that is there: the way to meet a full name space.
    const isFull = into.cells.length >= this.#world.limits.namesPerTask && caller.cells.some(receives);
    if (isFull && this.#random.chance(0.5)) return { disp: 21, name: this.#name(caller, receives) };
    return this.bodySpec(caller, into === caller ? 0.1 : 0.35);
  }

  /** Now and then the name that the target has already: the only one that a send right for the same port may get. */
  #nameFor(target: Task): number {
    return this.#random.chance(0.3) ? this.#name(target, anything) : this.#newName(target);
  }

  /** What may not be taken away from another task, now and then. */
  #servedBy(task: Task, caller: Task): Wish | null {
    return task !== caller && this.#random.chance(0.5) ? isGuarded : null;
  }

  #moveMember(task: Task, caller: Task): Trap {
    const random = this.#random;
    const isMember: Wish = (c) => receives(c) && c.port?.group !== null;
    if (random.chance(0.2)) return { op: 'port_move_member', member: this.#name(task, isMember), set: 0 };
    return {
      op: 'port_move_member',
      member: this.#name(task, this.#servedBy(task, caller) ?? receives),
      set: this.#name(task, isSet),
    };
  }

  #modRefs(task: Task, caller: Task): Trap {
    const random = this.#random;
    const name = this.#name(task, this.#servedBy(task, caller) ?? (random.chance(0.1) ? hasBackup : anything));
    const cell = task.cells.find((c) => c.name === name);
    const fits =
      cell === undefined || isDead(cell)
        ? 4
        : isOnce(cell)
          ? 2
          : isSet(cell)
            ? 3
            : sends(cell) && random.chance(0.8)
              ? 0
              : 1;
    const right = random.chance(0.08) ? random.below(6) : fits;
    const toTheBrim = right === 4 ? 65_535 - (cell?.refs ?? 0) : 65_534 - (cell?.sends ?? 0);
    const delta =
      right >= 1 && right <= 3
        ? random.pick([-1, 0, 0, 0, 0, 0, 1, -2])
        : random.pick([-2, -1, -1, 0, 1, 1, 1, 2, toTheBrim, toTheBrim, toTheBrim + 1]);
    return { op: 'port_mod_refs', name, right, delta };
  }

  #request(task: Task, caller: Task): Trap {
    const random = this.#random;
    const variant = Number(random.weighted({ 66: 10, 69: 4, 70: 4, 71: 0.2, 72: 6 }));
    const full: Wish = (c) => isDead(c) && c.refs === 65_535;
    const watchable: Wish =
      random.chance(0.3) && task.cells.some(full)
        ? full
        : variant === 66 && random.chance(0.9)
          ? (c) => sends(c) && c.port !== undefined && c.port.queue.length + c.port.out.length >= c.port.limit
          : (c) => !isDead(c) || random.chance(0.7);
    const name = this.#name(task, variant === 70 || variant === 69 ? receives : watchable);
    const made = {
      disp: 21,
      name: this.#name(caller, (c) => receives(c) && (variant !== 69 || task !== caller || c.name !== name)),
    };
    const notify = random.chance(0.1) ? { disp: 21, name: 0 } : random.chance(0.1) ? this.spec(caller) : made;
    return {
      op: 'port_request_notification',
      name,
      variant,
      sync: variant === 69 && random.chance(0.9) ? 0 : variant === 66 ? random.pick([0, 1, 1, 1]) : random.below(3),
      notify,
      tag: this.#tag(),
    };
  }

  #send(task: Task): Trap {
    const random = this.#random;
    const dest = this.spec(task, (c) => isOnce(c) || receives(c) || c.port?.standsFor === null || random.chance(0.02));
    const reply = random.chance(0.3) ? { disp: 0, name: random.chance(0.02) ? 1 : 0 } : this.#reply(task, dest.name);
    const rights = Array.from({ length: random.pick([0, 0, 0, 0, 1, 1, 2, 3]) }, () =>
      random.chance(0.15) ? this.#memory() : this.bodySpec(task, 0.15, dest.name),
    );
    const bytes = random.chance(0.005) ? -1 : random.below(60);
    const message = { dest, reply, rights, tag: this.#tag(), bytes, payload: (this.#payload += 1) };
    const sendId = this.#id(this.#stuckIds(task), 0.98);
    const watched = task.cells.find((c) => c.name === dest.name)?.watch?.once.port;
    const cancel = random.chance(0.9) ? 0 : this.#name(task, (c) => receives(c) && (!watched || c.port === watched));
    return { op: 'send', sendId, message, poll: random.chance(0.3), notify: random.chance(0.4), cancel };
  }

  #memory(): RightSpec {
    return { disp: 9, name: this.#random.pick([0, 1, 4096, 2 ** 31, this.#random.chance(0.3) ? 0xffffffff : 7]) };
  }

  #reply(task: Task, dest: number): RightSpec {
    const random = this.#random;
    if (random.chance(0.06)) return { disp: random.pick([17, 17, 19, 20, 21, 18]), name: dest };
    return random.chance(0.7) && task.cells.some(receives)
      ? { disp: 21, name: this.#name(task, receives) }
      : this.spec(task);
  }

  #receive(task: Task): Trap {
    const random = this.#random;
    const name = this.#name(task, task.cells.some(hasChoice) ? hasChoice : isSource);
    const receiveId = this.#id(this.#waitIds(task), 0.95);
    const maxBytes = random.chance(0.8) ? 1000 : 20;
    const notify = random.chance(0.7) ? 0 : this.#name(task, random.chance(0.9) ? receives : anything);
    return { op: 'receive', name, receiveId, maxBytes, large: random.chance(0.5), poll: random.chance(0.5), notify };
  }

  #tag(): number {
    return this.#random.below(12);
  }

  /** One of those in use, or with chance `fresh` one that probably is not. */
  #id(used: number[], fresh = 0.2): number {
    return used.length === 0 || this.#random.chance(fresh) ? this.#random.below(1000) : this.#random.pick(used);
  }

  #stuckIds(task: Task): number[] {
    return this.#world.ports.flatMap((p) => p.stuck.filter((s) => s.task === task).map((s) => s.id));
  }

  #waitIds(task: Task): number[] {
    const groups = task.cells.flatMap((c) => (c.set ? [c.set] : []));
    return [...this.#world.ports, ...groups].flatMap((p) => p.waits.filter((w) => w.task === task).map((w) => w.id));
  }
}
