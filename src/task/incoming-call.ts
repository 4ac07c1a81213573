import type { Code, ErrorCode } from '../errors.ts';
import { DISP, type Name } from '../kernel/types.ts';
import { type Message, MSGF, replyMsg, ReplyPort } from '../msgport/index.ts';
import { encodeHead, FLAG, type Frame, MESSAGES } from '../wire/index.ts';
import { encodeErrorBody } from '../wire/error-body.ts';
import { Call } from './call.ts';
import { type ArrivedBody, arrivedBody, departingBody, inResult } from './message-body.ts';
import type { Task } from './task.ts';

const NOBODY = new ReplyPort();

/**
 * A request that came over the link. Until `take` it belongs to the kernel, which counts it as queued and may take it back;
 * its body is decoded, and its rights become this task's handles, only then.
 */
export class IncomingCall extends Call {
  readonly #task: Task;
  #onTaken: () => void;
  readonly #reply: Name;
  #frame: Frame | null;

  constructor(task: Task, frame: Frame, onTaken: () => void) {
    const reply = frame.descriptors[1]?.name ?? 0;
    super(frame.header.routine, undefined, reply === 0 ? NOBODY : new WireReply(task, reply));
    this.#task = task;
    this.#frame = frame;
    this.#onTaken = onTaken;
    this.#reply = reply;
    this.oneWay = reply === 0;
    this.raw = (frame.header.flags & FLAG.RAW) !== 0;
    this.deadline = frame.header.deadline;
    this.trace = frame.header.trace;
    if (reply !== 0) task.serving.set(reply, this);
    if ((frame.header.flags & FLAG.ABORTED) !== 0) this.requestAbort();
  }

  override take(): Code {
    const frame = this.#frame;
    if (frame === null) return 0;
    this.#frame = null;
    this.#onTaken();
    const arrived: ArrivedBody = arrivedBody(this.#task, frame);
    try {
      this.body = arrived.read();
      return 0;
    } catch (error) {
      this.failure = error;
      return 'EBADBODY';
    }
  }

  /** The link's buffer is about to be reused, and nobody has started on this call: keep what it needs. */
  keep(): void {
    if (this.#frame !== null) this.#frame = { ...this.#frame, body: Buffer.from(this.#frame.body) };
  }

  /** Runs `fn` too when it is taken. */
  onceTaken(fn: () => void): void {
    const first = this.#onTaken;
    this.#onTaken = () => {
      fn();
      first();
    };
  }

  get isTaken(): boolean {
    return this.#frame === null;
  }

  /** The kernel counts it until it is taken: it has to be this very object. */
  override handOver(): this {
    return this;
  }

  override refuse(failure: unknown, code: ErrorCode = 'EDRIVER'): void {
    if (this.#frame !== null) arrivedBody(this.#task, this.#frame).discard();
    this.#frame = null;
    this.failure = failure;
    this.flags &= ~(MSGF.DONE | MSGF.REPLY);
    replyMsg(this, code);
  }

  /** The kernel takes the message back: it will come again, to whoever holds the receive right then. */
  handBack(): void {
    this.queue?.unlink(this);
    this.#task.serving.delete(this.#reply);
    this.flags |= MSGF.DONE;
  }
}

/** The reply port of a call that came over the link: sends the reply to the send-once right that came with it. */
class WireReply extends ReplyPort {
  constructor(task: Task, name: Name) {
    super((msg) => sendReply(task, name, msg));
  }
}

function sendReply(task: Task, name: Name, msg: Message): void {
  task.serving.delete(name);
  if (task.isClosed) return;
  const raw = msg instanceof Call && msg.raw;
  const dest = { disp: DISP.MOVE_SEND_ONCE, name };
  if (msg.error !== 0 && msg.failure === undefined) {
    // A code alone stays one: the caller, who knows what was called, says what it means.
    const head = encodeHead({ kind: MESSAGES.send.id, flags: FLAG.FAILED | FLAG.RAW }, [dest, NO_RIGHT]);
    return task.link.send(head, Buffer.from(msg.error));
  }
  const body = msg.error === 0 ? departingBody(msg.result, raw, task.limits) : { failure: msg.failure };
  if ('failure' in body) {
    const failure = msg.error === 0 ? inResult(body.failure) : body.failure;
    const head = encodeHead({ kind: MESSAGES.send.id, flags: FLAG.FAILED }, [dest, NO_RIGHT]);
    return task.link.send(head, encodeErrorBody(failure));
  }
  const head = encodeHead({ kind: MESSAGES.send.id, flags: raw ? FLAG.RAW : 0 }, [dest, NO_RIGHT, ...body.specs]);
  task.link.send(head, body.bytes);
  return body.depart();
}

const NO_RIGHT = { disp: 0, name: 0 };
