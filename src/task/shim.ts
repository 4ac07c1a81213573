import { type Code, CODES, IpcError, type ErrorCode } from '../errors.ts';
import { DISP, type RightSpec } from '../kernel/types.ts';
import { EASYNC, type Easync, type Message, replyMsg } from '../msgport/index.ts';
import { type Descriptor, encodeFields, encodeHead, FLAG, type Frame, MESSAGES } from '../wire/index.ts';
import { decodeErrorBody } from '../wire/error-body.ts';
import { Call } from './call.ts';
import { arrivedBody, departingBody } from './message-body.ts';
import { restoreRights } from './rights-in.ts';
import type { Task } from './task.ts';

const NO_RIGHT: Descriptor = { disp: 0, name: 0 };

/**
 * The agent behind every right to a port of another task: frames the message for the broker, answers `EASYNC`, and settles
 * the message when its reply, its send-once notification or the end of the link comes, whichever is first.
 */
export class Shim {
  readonly #task: Task;

  constructor(task: Task) {
    this.#task = task;
  }

  /** Sends `msg` to a right of this task. A message that cannot be sent comes back at once, its rights with it. */
  send(dest: RightSpec, msg: Message): Code | Easync {
    const task = this.#task;
    if (task.isClosed) return refuse(msg, 'EBROKERDIED', 'this task is not attached to a broker any more');
    if (task.pending.size >= task.limits.pendingCalls) {
      return refuse(msg, 'ELIMIT', `${task.pending.size} calls wait for replies; wait for some before making more`);
    }
    const call = msg instanceof Call ? msg : undefined;
    const oneWay = call?.oneWay === true;
    const body = departingBody(msg.body, call?.raw === true, task.limits);
    if ('failure' in body) {
      msg.failure = body.failure;
      return 'EBADBODY';
    }
    const tag = task.newTag();
    const head = encodeHead(
      {
        kind: MESSAGES.send.id,
        callId: tag,
        routine: msg.id,
        flags: (oneWay ? FLAG.ACK : 0) | (call?.raw === true ? FLAG.RAW : 0),
        deadline: Math.ceil(call?.deadline ?? 0),
        ...(call?.trace === undefined ? {} : { trace: call.trace }),
      },
      [dest, oneWay ? NO_RIGHT : { disp: DISP.MAKE_SEND_ONCE, name: task.replyPort }, ...body.specs],
    );
    task.pending.add(tag, { msg, object: call?.label || `right ${dest.name}` });
    if (call !== undefined) {
      call.relayAbort = () => this.#abort(tag);
      call.abandon = () => task.pending.take(tag);
    }
    task.link.send(head, body.bytes);
    body.depart();
    return EASYNC;
  }

  /** The reply to one of our messages: a message on the reply port, whose tag only the kernel can set. */
  onReply(frame: Frame): void {
    const { header } = frame;
    const found = this.#task.pending.take(header.callId);
    const arrived = arrivedBody(this.#task, frame);
    if (found === undefined || !('msg' in found)) return arrived.discard();
    const { msg } = found;
    try {
      if ((header.flags & FLAG.FAILED) !== 0) {
        arrived.discard();
        if ((header.flags & FLAG.RAW) !== 0) return replyMsg(msg, codeIn(frame.body));
        msg.failure = decodeErrorBody(frame.body);
        return replyMsg(msg, IpcError.is(msg.failure) ? msg.failure.code : 'EDRIVER');
      }
      msg.result = arrived.read();
    } catch (error) {
      msg.failure = error;
      return replyMsg(msg, 'EBADBODY');
    }
    return replyMsg(msg, 0);
  }

  /** How the kernel took one of our messages. A reply, if one is due, is still to come after a 0. */
  onSent(tag: number, code: Code): void {
    const found = this.#task.pending.peek(tag);
    if (found === undefined || !('msg' in found)) return;
    const oneWay = found.msg instanceof Call && found.msg.oneWay;
    if (code !== 0 || oneWay) this.#task.pending.fail(tag, code);
  }

  #abort(tag: number): void {
    const { link, replyPort } = this.#task;
    link.send(encodeHead({ kind: MESSAGES.abort.id, callId: tag }), encodeFields('abort', { replyPort }));
  }
}

/** A failure that is a code and no more. */
function codeIn(body: Buffer): ErrorCode {
  const text = body.toString('latin1');
  const code = CODES.find((known) => known === text);
  if (code === undefined) throw new IpcError('EBADBODY', 'the reply is a failure with a code this side does not know');
  return code;
}

function refuse(msg: Message, code: ErrorCode, text: string): Code {
  restoreRights(msg.body);
  msg.failure = new IpcError(code, text, { handled: 'no' });
  return code;
}
