import type { Code, ErrorCode, IpcError } from '../../errors.ts';
import { DEAD_NAME, DISP, type Name, type Notification, NULL_NAME } from '../../kernel/types.ts';
import { MSGF, replyMsg, ReplyPort } from '../../msgport/index.ts';
import { FLAG, type Frame } from '../../wire/index.ts';
import { Call } from './call.ts';
import { type ArrivedBody, arrivedBody } from './message-body.ts';
import type { RawBody } from './raw-body.ts';
import { releaseRights } from '../rights/rights-in.ts';
import type { Task } from '../task.ts';
import { WireReply } from './wire-reply.ts';

/** The caller wants no reply, or is gone: rights in a result have nowhere to go. */
const NOBODY = new ReplyPort(({ result }) => releaseRights(result));

/**
 * A request that came over the link. Until `take` it belongs to the kernel, which counts it as queued and may take it back;
 * its body is decoded, and its rights become this task's handles, only then.
 */
export class IncomingCall extends Call {
  readonly #task: Task;
  #onTaken: () => void;
  readonly #reply: Name;
  #frame: Frame | null;
  /** It was answered before its turn; that it is taken the kernel has not been told. */
  #isSpent = false;
  /** Whether it is the answer to something that this task has sent: it came to a send-once right. */
  readonly isReply: boolean;
  /** Set while a critical section keeps it out: takes it off the gate. */
  withdraw: (() => void) | null = null;

  /** `notification`: it is the kernel's, and may bring a receive right (port-destroyed). */
  constructor(task: Task, frame: Frame, onTaken: () => void, notification: Notification | null = null) {
    const reply = replyName(frame);
    super(
      notification?.id ?? frame.header.routine,
      undefined,
      reply === NULL_NAME ? NOBODY : new WireReply(task, reply),
    );
    this.#task = task;
    this.#frame = frame;
    this.#onTaken = onTaken;
    this.#reply = reply;
    this.isReply = frame.descriptors[0]?.disp === DISP.MOVE_SEND_ONCE;
    this.notification = notification;
    this.oneWay = reply === NULL_NAME;
    this.raw = (frame.header.flags & FLAG.RAW) !== 0;
    this.barrier = (frame.header.flags & FLAG.BARRIER) !== 0;
    this.deadline = frame.header.deadline;
    this.trace = frame.header.trace;
    if (reply !== NULL_NAME) task.serving.set(reply, this);
    else arrivedBody(task, frame).releaseReply();
    if ((frame.header.flags & FLAG.ABORTED) !== 0) this.requestAbort();
  }

  override take(): Code {
    const frame = this.#frame;
    if (frame === null) {
      if (this.#isSpent) this.#onTaken();
      this.#isSpent = false;
      return 0;
    }
    this.#frame = null;
    this.#onTaken();
    if (this.notification !== null) {
      const right = frame.descriptors[2];
      this.body = right && this.#task.arrive(right);
      return 0;
    }
    const arrived: ArrivedBody = arrivedBody(this.#task, frame);
    try {
      this.body = arrived.read();
      return 0;
    } catch (error) {
      this.failure = error;
      return 'EBADBODY';
    }
  }

  override takeRaw(): RawBody {
    const frame = this.#frame;
    if (frame === null || !this.raw) return super.takeRaw();
    this.#frame = null;
    this.#onTaken();
    return arrivedBody(this.#task, frame).readRaw();
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
    return this.#frame === null && !this.#isSpent;
  }

  get isSpent(): boolean {
    return this.#isSpent;
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

  /**
   * Answers it before its turn. The kernel counts what is taken from the oldest on: what is left keeps its place, as a barrier that
   * nobody waits for.
   */
  refuseAhead(failure: IpcError): void {
    this.refuse(failure, failure.code);
    this.#isSpent = true;
    this.replyPort = NOBODY;
    this.id = 0;
    this.raw = true;
    this.barrier = true;
  }

  /** Ends it here, before its turn and for good, whatever becomes of the port. */
  end(failure: IpcError): void {
    this.queue?.unlink(this);
    this.withdraw?.();
    this.flags |= MSGF.DONE;
    if (!this.#isSpent) this.refuseAhead(failure);
    this.take();
  }

  /** The kernel takes the message back: it will come again, to whoever holds the receive right then. Answers the untaken frame. */
  handBack(): Frame | null {
    const frame = this.#frame;
    this.queue?.unlink(this);
    this.withdraw?.();
    this.#task.serving.delete(this.#reply);
    this.flags |= MSGF.DONE;
    return frame;
  }
}

/** A reply goes to a send-once right. Anything else where one could be is nobody's reply port, and neither is a dead one. */
function replyName(frame: Frame): Name {
  const reply = frame.descriptors[1];
  return reply?.disp === DISP.MOVE_SEND_ONCE && reply.name !== DEAD_NAME ? reply.name : NULL_NAME;
}
