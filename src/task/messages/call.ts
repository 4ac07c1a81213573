import { type Code, type ErrorCode, IpcError } from '../../errors.ts';
import type { Notification } from '../../kernel/types.ts';
import { Message, MSGF, replyMsg, ReplyPort } from '../../msgport/index.ts';
import { memoryArrives } from '../rights/moved-memory.ts';
import { arriveRights, releaseRights } from '../rights/rights-in.ts';
import { RawBody } from './raw-body.ts';

/** What a handler is told about the call it serves. */
export interface CallContext {
  /**
   * Fires when the caller asked for an abort. A request: finish early or do not; the reply ends the call. Look at `aborted`
   * before you listen: a call that was aborted while it was queued arrives so, and no event follows.
   */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in milliseconds since the epoch; 0 for never. */
  readonly deadline: number;
  /** 16 bytes that name the chain of calls this one belongs to. Give it on as `{ parent: ctx }`. */
  readonly trace: Uint8Array | undefined;
}

/** Replies to calls go to whoever waits on the call itself; nobody sends a call and leaves. */
const CALL_REPLY = new ReplyPort();

/** A typed request and its reply: one object, which the handler sees as its context. */
export class Call extends Message implements CallContext {
  deadline = 0;
  trace: Uint8Array | undefined = undefined;
  /** What is called, for error texts. */
  label = '';
  /** Nobody waits for a result: the call is over when the message is accepted. */
  oneWay = false;
  /** Its body was copied on its way here, and is nobody's but the receiver's. */
  isCopy = false;
  /** `body` and `result` are bytes that no codec touches. */
  raw = false;
  /** Not to wait for room in a full queue: `MACH_SEND_TIMED_OUT` instead. */
  poll = false;
  /** Answered when its turn comes, and no agent sees it: who sent it only wants to know that (see `Gate`). */
  barrier = false;
  /** Set on a message from the kernel. */
  notification: Notification | null = null;
  /** Passes an abort request on to where the message has gone. */
  relayAbort: (() => void) | null = null;
  /** Stops waiting for the reply; should it still come, it is dropped. */
  abandon: (() => void) | null = null;
  #abort: AbortController | null = null;
  #aborted = false;

  constructor(id: number, body: unknown, replyPort: ReplyPort = CALL_REPLY) {
    super(replyPort);
    this.id = id;
    this.body = body;
    this.onAbort = requestAbort;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Tells whoever has the message that the caller wants an early end. */
  requestAbort(): void {
    this.#aborted = true;
    this.#abort?.abort();
    this.relayAbort?.();
  }

  /** Whether nobody has asked for its signal, which could be in use still: the message may serve again. */
  get isPristine(): boolean {
    return this.#abort === null && !this.#aborted;
  }

  allowAbort(): void {
    this.flags |= MSGF.ABORTABLE;
  }

  /** The same one-way message in hands of the receiver's own. */
  handOver(): Call {
    const own = new Call(this.id, this.body);
    own.flags &= ~MSGF.DONE;
    own.oneWay = true;
    own.deadline = this.deadline;
    own.trace = this.trace;
    own.raw = this.raw;
    own.notification = this.notification;
    return own;
  }

  /** Nobody serves it: gives its rights back and answers with `failure`, or with `code` alone. */
  refuse(failure: unknown, code: ErrorCode): void {
    releaseRights(this.body);
    this.failure = failure;
    replyMsg(this, code);
  }

  /**
   * The receiver starts to work on it. Until then a message that came over a link is the kernel's, which may take it back.
   * Answers a code if the message turns out to be unreadable.
   */
  take(): Code {
    memoryArrives(this.body);
    return 0;
  }

  /** The same of a raw message whose receiver wants the rights in it. */
  takeRaw(): RawBody {
    arriveRights(this.body);
    return this.body instanceof RawBody ? this.body : new RawBody(rawBytes(this.body), []);
  }
}

/** The receiver starts to work on any message. See `Call.take`. */
export function takeMsg(msg: Message): Code {
  // Of one that came over the link there is no body yet.
  arriveRights(msg.body);
  if (msg instanceof Call) return msg.take();
  memoryArrives(msg.body);
  return 0;
}

/** What a failed call rejects with. `object` is what was called, for the text. */
export function failureOf(msg: Message, code: Code, object: string): unknown {
  if (msg.failure !== undefined || code === 0) return msg.failure;
  const meaning = MEANING[code];
  const text = meaning?.text ?? 'the call failed';
  return new IpcError(code, `${object}: ${text}`, {
    object,
    ...(meaning?.handled === undefined ? {} : { handled: meaning.handled }),
  });
}

function rawBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  throw new IpcError('EBADBODY', 'the message is not raw');
}

function requestAbort(msg: Message): void {
  if (msg instanceof Call) msg.requestAbort();
}

const MEANING: Partial<Record<Exclude<Code, 0>, { text: string; handled?: 'no' | 'maybe' }>> = {
  MACH_SEND_INVALID_DEST: { text: 'its port is dead; the server has gone, open it again', handled: 'no' },
  MACH_SEND_TIMED_OUT: {
    text: 'its queue is full; try again when the right says that a send is possible',
    handled: 'no',
  },
  MACH_SEND_NO_BUFFER: {
    text:
      'this task has too many bytes queued (queuedBytesPerTask), or calls that wait (pendingCalls); ' +
      'wait for replies before sending more',
    handled: 'no',
  },
  MACH_SEND_INVALID_RIGHT: {
    text:
      'the message carried a right this task does not hold, or could not get: ' +
      'it may have as many names or ports as it can (namesPerTask, portsPerTask); release some',
    handled: 'no',
  },
  ENOROUTINE: { text: 'it has no such routine; are both sides on the same subsystem definition?', handled: 'no' },
  EBADBODY: { text: 'it was not understood there; is the right one to this kind of port?' },
  EDRIVER: { text: 'the driver threw undefined', handled: 'maybe' },
  ESERVERDIED: { text: 'the server died before it answered', handled: 'maybe' },
  EBROKERDIED: { text: 'the broker has gone; attach again', handled: 'maybe' },
};
