import { Answers } from './answers.ts';
import { attach, type Names } from './attach.ts';
import { Reader, Writer } from './bytes.ts';
import { deferred } from './deferred.ts';
import { failureOf } from './failure.ts';
import { CALL, KIND, NOTIFICATION } from './kinds.ts';
import { type Frame, type Link, NONE, type Right } from './link.ts';

const SEND = 0;
const RECEIVE = 1;
const MOVE_RECEIVE = 16;
const MAKE_SEND_ONCE = 21;
const LONGEST_QUEUE = 1024;
const BARRIER = 0x400;

export type Message = Frame & { /** The name of the port it came to. */ port: number; reply: Right };
export type Begun = { callId: number; answer: Promise<{ code: string; reply: Reader }> };
export type Outgoing = { reply?: Right; rights?: Right[]; routine?: number; flags?: number; body?: Buffer };

/** A task of a broker: ports, messages, kernel calls. */
export class Task {
  /** The names it starts with. */
  readonly names: Names;
  /** Why the connection ended, when it has. */
  readonly ended: Promise<string>;
  /** Hears of sleepers of ours that were woken, by their numbers. */
  onWoken: (sleepers: number[]) => void = () => {};
  readonly #link: Link;
  readonly #handlers = new Map<number, (message: Message) => void>();
  readonly #answers = new Answers();
  readonly #dead = new Map<number, () => void>();
  #replies = 0;

  private constructor(link: Link, names: Names, ended: Promise<string>) {
    this.#link = link;
    this.names = names;
    this.ended = ended;
    void ended.then((why) => this.#answers.failAll(why));
  }

  static async attach(path: string, label: string): Promise<Task> {
    const end = deferred<string>();
    // Nothing but the answer to hello comes before the task has asked for something.
    let task: Task | undefined;
    const onFrame = (frame: Frame): void => {
      if (task !== undefined) task.#arrived(frame);
    };
    const { link, names } = await attach(path, label, { onFrame, onEnd: end.resolve });
    task = new Task(link, names, end.promise);
    task.#replies = await task.port((message) => task.#answers.settle(message.callId, message));
    return task;
  }

  /** A kernel call: its reply fields. Throws the code. */
  async call(kind: number, fields: Writer): Promise<Reader> {
    const { code, reply } = await this.begin(kind, fields).answer;
    if (code !== '') throw new Error(code);
    return reply;
  }

  /** A kernel call by its `callId`, whose answer says the code. */
  begin(kind: number, fields: Writer): Begun {
    const callId = this.#answers.nextId();
    const post = (): void => this.#post({ kind, callId, body: fields.done() });
    const answer = this.#answers.ask(post, callId).then((frame) => {
      const reply = new Reader(frame.body);
      return { code: reply.code(), reply };
    });
    return { callId, answer };
  }

  /** A new port of ours, whose messages go to `handler` one after the other. */
  async port(handler: (message: Message) => void): Promise<number> {
    const name = (await this.call(CALL.port_allocate, new Writer().u32(RECEIVE))).u32();
    this.#handlers.set(name, handler);
    await this.call(CALL.port_set_qlimit, new Writer().u32(name).u32(LONGEST_QUEUE));
    await this.call(CALL.serve, new Writer().u32(name));
    return name;
  }

  /** One way. Whether it arrives, its sender learns from dead names, if at all. */
  send(destination: Right, { reply = NONE, rights = [], routine = 0, flags = 0, body }: Outgoing): void {
    // A send that may have to wait for room in the queue has an id of its own.
    const callId = this.#answers.nextId();
    const all = [destination, reply, ...rights];
    this.#post({ kind: KIND.send, callId, flags, routine, rights: all, ...(body && { body }) });
  }

  /** Sends with a reply right, and answers with the reply. */
  async rpc(destination: Right, { rights = [], routine = 0, flags = 0, body }: Outgoing): Promise<Frame> {
    const reply: Right = [MAKE_SEND_ONCE, this.#replies];
    const all = [destination, reply, ...rights];
    const frame = await this.#answers.ask((callId) =>
      this.#post({ kind: KIND.send, callId, flags, routine, rights: all, ...(body && { body }) }),
    );
    const failure = failureOf(frame);
    if (failure !== undefined) throw new Error(failure);
    return frame;
  }

  /**
   * Calls `died` once when the port behind `name` dies; at once if it is dead. Not before all is handled that had been sent to `port`,
   * which is where the notification comes.
   */
  async watch(name: number, port: number, died: () => void): Promise<void> {
    const tag = this.#answers.nextId();
    this.#dead.set(tag, died);
    const asked = new Writer().u32(name).u32(NOTIFICATION.dead_name).u32(1).right(MAKE_SEND_ONCE, port).u64(tag);
    await this.call(CALL.port_request_notification, asked);
  }

  /** References of a send right. Throws KERN_INVALID_NAME if the name is none any more. */
  async sendRefs(name: number): Promise<number> {
    return (await this.call(CALL.port_get_refs, new Writer().u32(name).u32(SEND))).u32();
  }

  /** Gives one reference of a send right, a send-once right or a dead name back. */
  deallocate(name: number): void {
    this.#post({ kind: CALL.port_deallocate, body: new Writer().u32(name).done() });
  }

  /** Gives up all that a name stands for. */
  destroyPort(name: number): void {
    this.#handlers.delete(name);
    this.#post({ kind: CALL.port_destroy, body: new Writer().u32(name).done() });
  }

  /** Leaves in good order. */
  detach(): Promise<string> {
    this.#post({ kind: KIND.detach });
    this.#link.end();
    return this.ended;
  }

  /** Goes as a process goes that is killed. */
  die(): Promise<string> {
    this.#link.destroy();
    return this.ended;
  }

  #post(frame: Partial<Frame> & { kind: number }): void {
    this.#link.send(frame);
  }

  #arrived(frame: Frame): void {
    if (frame.kind === KIND.sent) this.#giveBack(frame.rights);
    if (frame.kind === KIND.result || frame.kind === KIND.sent) this.#answers.settle(frame.callId, frame);
    else if (frame.kind === KIND.deliver) this.#delivered(frame);
    else if (frame.kind === KIND.notify) this.#notified(frame);
    else if (frame.kind === KIND.woken) this.onWoken(new Reader(frame.body).u32s());
    else if (frame.kind === KIND.drain) {
      // Whatever was delivered has been taken, and reported: nothing is left to say.
      const port = new Reader(frame.body).u32();
      this.#post({ kind: KIND.drained, body: new Writer().u32(port).u32(0).done() });
    }
  }

  /** Of a message that did not leave. */
  #giveBack(rights: Right[]): void {
    for (const [disposition, name] of rights) {
      if (disposition === MOVE_RECEIVE) this.destroyPort(name);
      else if (name !== 0) this.deallocate(name);
    }
  }

  #delivered(frame: Frame): void {
    const [[, port] = NONE, reply = NONE, ...rights] = frame.rights;
    if ((frame.flags & BARRIER) !== 0) this.send(reply, { body: Buffer.of(0, 0xc0) });
    else this.#handlers.get(port)?.({ ...frame, port, reply, rights });
    this.#took(port);
  }

  #notified(frame: Frame): void {
    const [[, port] = NONE] = frame.rights;
    const fields = new Reader(frame.body);
    const id = fields.u8();
    const [, name] = [fields.u32(), fields.u32()];
    if (id === NOTIFICATION.send_once) this.#answers.fail(frame.callId, 'no reply will come');
    if (id === NOTIFICATION.dead_name) {
      this.deallocate(name);
      this.#dead.get(frame.callId)?.();
    }
    this.#dead.delete(frame.callId);
    this.#took(port);
  }

  #took(port: number): void {
    this.#post({ kind: KIND.taken, body: new Writer().u32(port).u32(1).done() });
  }
}
