import {
  DISP,
  type MsgResult,
  type Name,
  type Named,
  named,
  type NamedMessage,
  type ReceivedMessage,
  RIGHT,
} from 'easync';
import {
  type IncomingMessage,
  Kernel,
  NULL_NAME,
  type Result,
  type RightSpec,
  type Trap,
} from '../../src/kernel/index.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { DESCRIPTOR_BYTES, HEADER_BYTES } from '../../src/wire/index.ts';
import {
  type Begun,
  type Call,
  type Calls,
  callsBy,
  type Options,
  type Peer,
  type TaskOfWorld,
  type World,
} from './world.ts';

/** The kernel itself, without broker, links or processes; what a wait needs of the time is all that is added. */
export class KernelWorld implements World {
  readonly #kernel = new Kernel(DEFAULT_LIMITS);
  readonly #tasks = new Map<number, KernelTask>();

  static start(): Promise<KernelWorld> {
    return Promise.resolve(new KernelWorld());
  }

  task(): Promise<TaskOfWorld> {
    const made = this.#kernel.createTask();
    if ('code' in made) throw new Error(made.code);
    const task = new KernelTask(this.#kernel, made.task, made.self, () => this.#carryOut());
    this.#tasks.set(made.task, task);
    return Promise.resolve(task);
  }

  introduce(of: TaskOfWorld, to: TaskOfWorld): Promise<Peer> {
    const grant = (disp: number, name: Name): Name =>
      need(this.#kernel.grant(this.#id(of), { disp, name }, this.#id(to)).name);
    return Promise.resolve({ mailbox: grant(DISP.MAKE_SEND, of.mailbox), task: grant(DISP.COPY_SEND, of.self) });
  }

  async part(from: TaskOfWorld, { mailbox, task }: Peer): Promise<void> {
    await from.calls.port_deallocate(mailbox);
    await from.calls.port_deallocate(task);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #id(task: TaskOfWorld): number {
    return need([...this.#tasks].find(([, known]) => known === task)?.[0]);
  }

  #carryOut(): void {
    for (const effect of this.#kernel.takeEffects()) {
      if (effect.type === 'died') continue;
      const task = this.#tasks.get(effect.task);
      if (effect.type === 'sent') task?.ended(effect.sendId, effect);
      if (effect.type === 'received') task?.ended(effect.receiveId, effect);
    }
  }
}

/** How a send or a receive that waited has ended. */
type End = Pick<Result, 'code' | 'returned' | 'message' | 'value'>;

class KernelTask implements TaskOfWorld {
  readonly calls: Calls;
  readonly self: Name;
  readonly mailbox: Name;
  readonly #kernel: Kernel;
  readonly #id: number;
  readonly #carryOut: () => void;
  readonly #waiting = new Map<number, (end: End) => void>();
  #ids = 0;

  constructor(kernel: Kernel, id: number, self: Name, carryOut: () => void) {
    this.#kernel = kernel;
    this.#id = id;
    this.self = self;
    this.#carryOut = carryOut;
    this.mailbox = need(this.#handle({ op: 'port_allocate', right: RIGHT.RECEIVE }).name);
    this.calls = this.on(NULL_NAME);
  }

  on(target: Name): Calls {
    return callsBy((call, args) => this.#call(call, args, target));
  }

  async msg(options: Options): Promise<MsgResult> {
    return (await this.begin(options)).result;
  }

  begin(options: Options): Promise<Begun> {
    let cancel = (): void => undefined;
    const result = this.#msg(options, (fn) => (cancel = fn));
    return Promise.resolve({ result, interrupt: () => Promise.resolve(cancel()) });
  }

  kill(): Promise<void> {
    this.#kernel.endTask(this.#id);
    this.#carryOut();
    return Promise.resolve();
  }

  ended(id: number, end: End): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.(end);
  }

  #call(op: Call, args: readonly number[], target: Name): Promise<object> {
    const on = TAKES_TARGET.has(op) && args[0] !== NULL_NAME ? args[0] : target;
    const { status, ...result } = this.#handle(trapOf(op, args), on);
    return Promise.resolve({ ...result, ...status });
  }

  #handle(trap: Trap, on?: Name): Result {
    const result = this.#kernel.handle(this.#id, trap, on);
    this.#carryOut();
    return result;
  }

  async #msg(options: Options, onInterrupt: (fn: () => void) => void): Promise<MsgResult> {
    if (options.send !== undefined) {
      const sent = await this.#send(options.send, options, onInterrupt);
      if (sent.code !== 0) return sent;
    }
    return options.receive === undefined ? { code: 0 } : this.#receive(options.receive, options, onInterrupt);
  }

  async #send(
    send: NamedMessage,
    { sendTimeout, notify = false, cancel }: Options,
    onInterrupt: (fn: () => void) => void,
  ): Promise<MsgResult> {
    const { remote, local = { disp: 0, name: NULL_NAME }, id = 0, body, complex = true } = send;
    const rights: RightSpec[] = [];
    const payload = { id, body: encodeBody(body, (right) => (complex ? rights.push(right as Named) - 1 : null)) };
    const bytes = HEADER_BYTES + (2 + rights.length) * DESCRIPTOR_BYTES + payload.body.length;
    const sendId = (this.#ids += 1);
    const message = { dest: remote, reply: local, rights, tag: sendId, bytes, payload };
    const poll = sendTimeout === 0;
    const result = this.#handle({ op: 'send', sendId, message, poll, notify, cancel: cancel ?? NULL_NAME });
    const end = (why: 'TIMED_OUT' | 'INTERRUPTED'): void => {
      this.ended(sendId, this.#handle({ op: 'send_cancel', sendId, code: `MACH_SEND_${why}` }));
    };
    const { code, returned } =
      result.code === 'blocked' ? await this.#wait(sendId, sendTimeout, end, onInterrupt) : result;
    if (returned === undefined) return { code: plain(code) };
    const { dest, reply, rights: back } = returned;
    const again = { remote: dest, local: reply, id, body: bodyOf(payload.body, back), complex: back.length > 0 };
    return { code: plain(code), returned: again };
  }

  async #receive(
    { name, size = 0xffffffff, large = false, notify = NULL_NAME }: NonNullable<Options['receive']>,
    { receiveTimeout }: Options,
    onInterrupt: (fn: () => void) => void,
  ): Promise<MsgResult> {
    const receiveId = (this.#ids += 1);
    const poll = receiveTimeout === 0;
    const result = this.#handle({ op: 'receive', name, receiveId, maxBytes: size, large, poll, notify });
    const end = (why: 'TIMED_OUT' | 'INTERRUPTED'): void => {
      this.ended(receiveId, this.#handle({ op: 'receive_cancel', receiveId, code: `MACH_RCV_${why}` }));
    };
    const done = result.code === 'waiting' ? await this.#wait(receiveId, receiveTimeout, end, onInterrupt) : result;
    const code = plain(done.code);
    return {
      code,
      ...(code === 'MACH_RCV_TOO_LARGE' && done.value !== undefined ? { size: done.value } : {}),
      ...(done.message === undefined ? {} : { message: received(done.message) }),
    };
  }

  async #wait(
    id: number,
    timeout: number | undefined,
    end: (why: 'TIMED_OUT' | 'INTERRUPTED') => void,
    onInterrupt: (fn: () => void) => void,
  ): Promise<End> {
    const timer = timeout === undefined ? undefined : setTimeout(() => end('TIMED_OUT'), timeout);
    onInterrupt(() => end('INTERRUPTED'));
    const ended = await new Promise<End>((resolve) => this.#waiting.set(id, resolve));
    clearTimeout(timer);
    onInterrupt(() => undefined);
    return ended;
  }
}

/** The trap of a call, whose arguments come in the order of its name. */
function trapOf(op: Call, args: readonly number[]): Trap {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
  switch (op) {
    case 'port_insert_right':
      return { op, name: b, right: { disp: d, name: c } };
    case 'port_extract_right':
      return { op, name: b, disp: c };
    case 'port_request_notification':
      return { op, name: a, variant: b, sync: c, notify: { disp: e, name: d }, tag: 0 };
    default: {
      const fields = FIELDS[op].map((field, i) => [field, args[i]]);
      return { op, ...(Object.fromEntries(fields) as object) } as Trap;
    }
  }
}

/** The first argument of these is the task they are made on. */
const TAKES_TARGET: ReadonlySet<string> = new Set(['port_insert_right', 'port_extract_right']);

const FIELDS = {
  port_allocate: ['right'],
  port_allocate_name: ['right', 'name'],
  port_rename: ['old', 'name'],
  port_type: ['name'],
  port_names: [],
  port_get_refs: ['name', 'right'],
  port_mod_refs: ['name', 'right', 'delta'],
  port_deallocate: ['name'],
  port_destroy: ['name'],
  port_move_member: ['member', 'set'],
  port_get_set_status: ['name'],
  port_get_receive_status: ['name'],
  port_set_qlimit: ['name', 'qlimit'],
  port_set_mscount: ['name', 'mscount'],
  port_set_seqno: ['name', 'seqno'],
};

function received({
  local,
  remote,
  rights,
  notification,
  seqno,
  tag,
  bytes,
  payload,
  headerOnly,
}: IncomingMessage): ReceivedMessage {
  const { id, body } =
    payload === null ? { id: notification?.id ?? 0, body: null } : (payload as { id: number; body: Uint8Array });
  const [right] = rights.map(({ disp, name }) => named(disp, name));
  return {
    local,
    remote,
    seqno,
    id,
    size: bytes,
    tag,
    complex: rights.length > 0,
    body: headerOnly ? undefined : body === null ? right : bodyOf(body, rights),
    ...(notification === null || headerOnly
      ? {}
      : { notification: { ...notification, ...(right === undefined ? {} : { right }) } }),
  };
}

function bodyOf(bytes: Uint8Array, rights: readonly RightSpec[]): unknown {
  return decodeBody(bytes, (index) => {
    const { disp, name } = need(rights[index]);
    return named(disp, name);
  });
}

function plain(code: Result['code']): MsgResult['code'] {
  if (code === 'blocked' || code === 'waiting') throw new Error(`a result cannot be ${code}`);
  return code;
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}
