import { type Code, IpcError, type ErrorCode } from '../../errors.ts';
import { DISP, type Name, NO_RIGHT, NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import { EASYNC, type Easync, type Message } from '../../msgport/index.ts';
import { type Descriptor, encodeFields, encodeHead, FLAG, type Frame, MESSAGES } from '../../wire/index.ts';
import { decodeBareCode, decodeErrorBody } from '../../wire/error-body.ts';
import { Call } from '../messages/call.ts';
import { REPLY_TO } from '../messages/wire-reply.ts';
import { type ArrivedBody, arrivedBody, departingBody, HEADER_RIGHTS } from '../messages/message-body.ts';
import { type PendingCall, settle } from '../messages/pending.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { CarriedRight } from '../rights/target.ts';
import type { Task } from '../task.ts';

const NOTHING: readonly CarriedRight[] = [];
/** The kernel refused the message as a whole; with any other code its rights went with it (mach.md §7). */
const NOT_TAKEN: ReadonlySet<Code> = new Set(['MACH_SEND_INVALID_DEST', 'MACH_SEND_NO_BUFFER']);

/**
 * The agent behind every right to a port of another task: frames the message for the broker, answers `EASYNC`, and settles
 * the message when its reply, its send-once notification or the end of the link comes, whichever is first.
 */
export class Shim {
  readonly #task: Task;
  /** Calls that nobody waits for any more, whose rights the kernel has yet to say something of. */
  readonly #abandoned = new Map<number, PendingCall>();

  constructor(task: Task) {
    this.#task = task;
  }

  /**
   * Sends `msg` to a right of this task. A message that cannot be sent comes back at once, its rights with it. `once`: the send-once
   * right that is used up by it, to be given back if the kernel does not take the message.
   */
  send(dest: RightSpec, msg: Message, once: CarriedRight | null = null): Code | Easync {
    const task = this.#task;
    if (task.isClosed) return refuse(msg, 'EBROKERDIED', 'this task is not attached to a broker any more');
    if (task.pending.calls >= task.limits.pendingCalls) {
      return refuse(
        msg,
        'ELIMIT',
        `${task.pending.calls} calls wait for replies (pendingCalls); wait for some before making more`,
      );
    }
    const call = msg instanceof Call ? msg : undefined;
    const oneWay = call?.oneWay === true;
    const raw = call?.raw === true;
    const body = departingBody(msg.body, raw, task.limits);
    if ('failure' in body) {
      msg.failure = body.failure;
      return 'EBADBODY';
    }
    const mayComeBack = call?.poll === true && body.hasMoved;
    const isTold = body.specs.length > 0 || once !== null;
    const tag = task.newTag();
    let head: Buffer;
    try {
      head = encodeHead(
        {
          kind: MESSAGES.send.id,
          callId: tag,
          routine: msg.id,
          flags: flagsOf(call) | (isTold ? FLAG.ACK : 0),
          deadline: call === undefined ? 0 : Math.ceil(call.deadline),
          trace: call?.trace,
        },
        [dest, oneWay ? NO_RIGHT : { disp: DISP.MAKE_SEND_ONCE, name: task.replyPort }, ...body.specs],
      );
    } catch (error) {
      restoreRights(msg.body);
      msg.failure = error;
      return 'EINVAL';
    }
    const object = call?.label || `right ${dest.name}`;
    const pending: PendingCall = { msg, object, carried: NOTHING, once, mustKnow: isTold };
    task.pending.add(tag, pending);
    if (call !== undefined) {
      call.relayAbort = () => this.#abort(tag);
      call.abandon = () => this.#abandon(tag);
    }
    pending.carried = body.leave(task.link, head, mayComeBack);
    return EASYNC;
  }

  /** The reply to one of our messages: a message on the reply port, whose tag only the kernel can set. */
  onReply(frame: Frame): void {
    const found = this.#task.pending.take(frame.header.callId);
    const arrived = arrivedBody(this.#task, frame);
    arrived.releaseReply();
    if (found === undefined || !('msg' in found)) return arrived.discard();
    const { msg } = found;
    let code: Code;
    try {
      code = readReply(msg, frame, arrived);
    } catch (error) {
      msg.failure = error;
      code = 'EBADBODY';
    }
    return settle(msg, code);
  }

  /**
   * How the kernel took one of our messages. A reply, if one is due, is still to come after a 0. `returned`: what a message that
   * was not to wait for room gives back (pseudo-receive, mach.md §7): destination, reply right, and the rights in the body.
   */
  onSent(tag: number, code: Code, returned: readonly Descriptor[]): void {
    if (tag > REPLY_TO) return this.#onReplySent(tag - REPLY_TO, code);
    const abandoned = this.#abandoned.get(tag);
    this.#abandoned.delete(tag);
    const found = abandoned ?? this.#task.pending.peek(tag);
    if (found === undefined || !('msg' in found)) return this.#giveBack(returned, NOTHING, false);
    // Who was told that the time is up may have no use for a handle that lives again.
    const mayKeep = abandoned === undefined;
    const { carried } = found;
    found.carried = NOTHING;
    found.mustKnow = false;
    this.#giveBack(returned, carried, mayKeep);
    const oneWay = found.msg instanceof Call && found.msg.oneWay;
    if (NOT_TAKEN.has(code)) found.once?.notTaken(false);
    for (const right of carried) {
      if (NOT_TAKEN.has(code)) right.notTaken(mayKeep);
      else if (code !== 'MACH_SEND_TIMED_OUT') right.taken?.();
    }
    if (code !== 0 || oneWay) this.#task.pending.fail(tag, code);
    return undefined;
  }

  #giveBack(returned: readonly Descriptor[], carried: readonly CarriedRight[], mayKeep: boolean): void {
    for (const [i, spec] of returned.entries()) {
      const right = carried[i - HEADER_RIGHTS];
      if (right?.returned !== undefined) right.returned(spec.name, mayKeep);
      else if (spec.name !== NULL_NAME && spec.disp !== DISP.MEMORY) this.#task.arrive(spec).deallocate();
    }
  }

  /** A reply that the kernel refused leaves the dead name of its caller behind. */
  #onReplySent(name: Name, code: Code): void {
    const carried = this.#task.repliesOut.get(name) ?? [];
    this.#task.repliesOut.delete(name);
    for (const right of carried) {
      if (NOT_TAKEN.has(code)) right.notTaken(false);
      else right.taken?.();
    }
    if (code === 'MACH_SEND_INVALID_DEST') this.#task.calls.post('port_deallocate', { name });
  }

  /** A message that still waits for room need not go any more. What is in it comes back, or is known to have gone. */
  #abandon(tag: number): void {
    const found = this.#task.pending.take(tag);
    if (found !== undefined && 'msg' in found && found.mustKnow) this.#abandoned.set(tag, found);
    this.#task.calls.post('send_cancel', { sendId: tag, code: 'MACH_SEND_TIMED_OUT' });
  }

  #abort(tag: number): void {
    const { link, replyPort } = this.#task;
    link.send(encodeHead({ kind: MESSAGES.abort.id, callId: tag }), encodeFields('abort', { replyPort }));
  }
}

/** Puts what came into the message, and answers the code it is to end with. */
function readReply(msg: Message, frame: Frame, arrived: ArrivedBody): Code {
  const { flags } = frame.header;
  if ((flags & FLAG.FAILED) === 0) {
    msg.result = arrived.read();
    return 0;
  }
  arrived.discard();
  if ((flags & FLAG.RAW) !== 0) return decodeBareCode(frame.body);
  msg.failure = decodeErrorBody(frame.body);
  return IpcError.is(msg.failure) ? msg.failure.code : 'EDRIVER';
}

function flagsOf(call: Call | undefined): number {
  if (call === undefined) return 0;
  return (
    (call.oneWay ? FLAG.ACK : 0) |
    (call.raw ? FLAG.RAW : 0) |
    (call.poll ? FLAG.POLL : 0) |
    (call.barrier ? FLAG.BARRIER : 0)
  );
}

function refuse(msg: Message, code: ErrorCode, text: string): Code {
  restoreRights(msg.body);
  msg.failure = new IpcError(code, text, { handled: 'no' });
  return code;
}
