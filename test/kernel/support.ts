import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { Limits } from '../../src/limits.ts';
import { DISP, Kernel, RIGHT } from '../../src/kernel/index.ts';
import type {
  Effect,
  IncomingMessage,
  Name,
  OutgoingMessage,
  Result,
  RightSpec,
  Status,
  Trap,
} from '../../src/kernel/index.ts';

export const NO_REPLY: RightSpec = { disp: 0, name: 0 };

type Wanted = { maxBytes?: number; large?: boolean; notify?: Name };

/** A kernel with tasks to play; each test makes its own. */
export class Machine {
  readonly kernel: Kernel;
  constructor(limits: Partial<Limits> = {}) {
    this.kernel = new Kernel({ ...DEFAULT_LIMITS, ...limits });
  }

  task(): TestTask {
    const made = this.kernel.createTask();
    if ('code' in made) throw new Error(made.code);
    return new TestTask(this.kernel, made.task, made.self);
  }

  effects(): Effect[] {
    return this.kernel.takeEffects();
  }

  /** The messages pushed since the last look, whoever they are for. */
  delivered(): IncomingMessage[] {
    return this.effects().flatMap((effect) => (effect.type === 'deliver' ? [effect.message] : []));
  }
}

/** One task, with the calls that tests make all the time. `do` asserts success, `code` only tells what came of it. */
export class TestTask {
  readonly #kernel: Kernel;
  readonly id: number;
  readonly self: Name;
  #ids = 0;

  constructor(kernel: Kernel, id: number, self: Name) {
    this.#kernel = kernel;
    this.id = id;
    this.self = self;
  }

  /** `on`: its name for the task port of the task that the call is made on. */
  call(trap: Trap, on: Name = 0): Result {
    return this.#kernel.handle(this.id, trap, on);
  }

  code(trap: Trap, on?: Name): Result['code'] {
    return this.call(trap, on).code;
  }

  do(trap: Trap, on?: Name): Result {
    const result = this.call(trap, on);
    if (result.code !== 0) throw new Error(`${trap.op}: ${result.code}`);
    return result;
  }

  /** A new port. */
  port(): Name {
    return need(this.do({ op: 'port_allocate', right: RIGHT.RECEIVE }).name);
  }

  /** A new port set, with these ports in it. */
  set(...members: Name[]): Name {
    const set = need(this.do({ op: 'port_allocate', right: RIGHT.PORT_SET }).name);
    for (const member of members) this.do({ op: 'port_move_member', member, set });
    return set;
  }

  move(member: Name, set: Name): Result['code'] {
    return this.code({ op: 'port_move_member', member, set });
  }

  members(set: Name): readonly Name[] | undefined {
    return this.call({ op: 'port_get_set_status', name: set }).names;
  }

  dead(): Name {
    return need(this.do({ op: 'port_allocate', right: RIGHT.DEAD_NAME }).name);
  }

  /** Gives `to` a right; answers its name there. */
  give(to: TestTask, disp: number, name: Name): Name {
    const result = this.#kernel.grant(this.id, { disp, name }, to.id);
    if (result.code !== 0) throw new Error(`grant: ${result.code}`);
    return need(result.name);
  }

  /** A send right of its own for its own port, under the port's name. */
  makeSend(name: Name): Name {
    return this.give(this, DISP.MAKE_SEND, name);
  }

  /** A send-once right of its own for its own port, under a new name. */
  makeOnce(name: Name): Name {
    return this.give(this, DISP.MAKE_SEND_ONCE, name);
  }

  send(
    dest: RightSpec,
    rest: Partial<OutgoingMessage> = {},
    how: { sendId?: number; poll?: boolean; notify?: boolean; cancel?: Name } = {},
  ): Result {
    const message = { dest, reply: NO_REPLY, rights: [], tag: 0, bytes: 0, payload: null, ...rest };
    const { sendId = (this.#ids += 1), poll = false, notify = false, cancel = 0 } = how;
    return this.call({ op: 'send', sendId, message, poll, notify, cancel });
  }

  /** Drops the receive right only. */
  kill(name: Name): void {
    this.do({ op: 'port_mod_refs', name, right: RIGHT.RECEIVE, delta: -1 });
  }

  /** Takes what is in the queue; `undefined` if nothing is. */
  receive(name: Name): IncomingMessage | undefined {
    return this.poll(name).message;
  }

  poll(name: Name, how: Wanted = {}): Result {
    return this.#receive(name, { receiveId: (this.#ids += 1), poll: true }, how);
  }

  wait(name: Name, receiveId: number, how: Wanted = {}): Result {
    return this.#receive(name, { receiveId, poll: false }, how);
  }

  #receive(name: Name, rest: { receiveId: number; poll: boolean }, how: Wanted): Result {
    const { maxBytes = 1_000_000, large = false, notify = 0 } = how;
    return this.call({ op: 'receive', name, ...rest, maxBytes, large, notify });
  }

  /** The notifications in the queue, all taken. */
  notifications(name: Name): IncomingMessage['notification'][] {
    const found: IncomingMessage['notification'][] = [];
    for (let message = this.receive(name); message !== undefined; message = this.receive(name)) {
      found.push(message.notification);
    }
    return found;
  }

  type(name: Name): number | undefined {
    return this.call({ op: 'port_type', name }).value;
  }

  refs(name: Name, right: number): number | undefined {
    return this.call({ op: 'port_get_refs', name, right }).value;
  }

  status(name: Name): Status {
    const { status } = this.do({ op: 'port_get_receive_status', name });
    if (status === undefined) throw new Error('no status');
    return status;
  }

  /** Asks to be told on `port`; answers the previous right's name. */
  watch(variant: number, name: Name, port: Name, how: { sync?: number; tag?: number } = {}): Result {
    const notify = { disp: DISP.MAKE_SEND_ONCE, name: port };
    return this.call({
      op: 'port_request_notification',
      name,
      variant,
      sync: how.sync ?? 0,
      notify,
      tag: how.tag ?? 0,
    });
  }

  destroy(name: Name): void {
    this.do({ op: 'port_destroy', name });
  }

  end(): void {
    this.#kernel.endTask(this.id);
  }
}

export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

/** Two tasks: `a` has a send right to a port of `b`'s. */
export function pair(limits: Partial<Limits> = {}) {
  const m = new Machine(limits);
  const [a, b] = [m.task(), m.task()];
  const inbox = b.port();
  const to = b.give(a, DISP.MAKE_SEND, inbox);
  return { m, a, b, inbox, to, dest: { disp: DISP.COPY_SEND, name: to } };
}

/** Fills the queue, with payloads that count from 1. */
export function fill(task: TestTask, to: number, count = 5): void {
  for (let payload = 1; payload <= count; payload += 1) task.send({ disp: DISP.COPY_SEND, name: to }, { payload });
}
