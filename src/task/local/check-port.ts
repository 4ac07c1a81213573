import { type Code, IpcError } from '../../errors.ts';
import { beginMsg, EASYNC, type Easync, type Message, MsgPort, replyMsg, waitMsg } from '../../msgport/index.ts';
import { decodeBody, encodeBody, type Outside } from '../../wire/body.ts';
import { isDetached } from '../../wire/body-grade.ts';
import { decodeErrorBody, encodeErrorBody } from '../../wire/error-body.ts';
import { Call } from '../messages/call.ts';
import { IncomingCall } from '../messages/incoming-call.ts';
import { inResult } from '../messages/message-body.ts';
import { type BodyRight, isBodyRight } from '../rights/body-right.ts';
import { isMoved } from '../rights/moved-memory.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { Task } from '../task.ts';

/**
 * Test mode: stands before the agent of a port of this task and makes a local call as strict as one that crosses a boundary.
 * The driver gets a copy made by the body codec, which refuses what could not travel; if caller or driver has changed the
 * arguments by the time of the reply, the call fails, since in another placement the other side would not have seen it.
 */
export class CheckPort extends MsgPort {
  readonly #task: Task;
  readonly #agent: MsgPort;

  constructor(task: Task, agent: MsgPort) {
    super();
    this.#task = task;
    this.#agent = agent;
  }

  override put(msg: Message): Code | Easync {
    if (!(msg instanceof Call) || msg instanceof IncomingCall || msg.raw) return this.#agent.put(msg);
    let given;
    try {
      given = this.#arrived(msg.body);
    } catch (error) {
      restoreRights(msg.body);
      msg.failure = error;
      return 'EBADBODY';
    }
    const inner = new Call(msg.id, given.value);
    inner.isCopy = true;
    inner.oneWay = msg.oneWay;
    inner.deadline = msg.deadline;
    inner.trace = msg.trace;
    msg.relayAbort = () => inner.requestAbort();
    const code = beginMsg(this.#agent, inner);
    if (code !== EASYNC) return this.#finish(msg, inner, code, given);
    const reply = waitMsg(inner);
    void Promise.resolve(reply).then((late) => replyMsg(msg, this.#finish(msg, inner, late, given)));
    return EASYNC;
  }

  #finish(msg: Call, inner: Call, code: Code, given: Arrived): Code {
    try {
      this.#mustEqual(
        given,
        msg.body,
        'the caller changed the arguments of a call before its reply; they are the driver’s until then',
      );
      this.#mustEqual(
        given,
        given.value,
        'the driver changed its arguments; in another placement the caller would not see that',
      );
      this.#task.afterReplies?.add({
        bytes: given.bytes.length,
        check: () =>
          this.#mustEqual(
            given,
            given.value,
            `${msg.label}: the driver changed its arguments after its reply; they are the caller’s again by then, who inline would see that`,
          ),
      });
      if (code === 0) return this.#answer(msg, inner.result);
      if (inner.failure !== undefined) msg.failure = decodeErrorBody(encodeErrorBody(inner.failure));
      return code;
    } catch (error) {
      msg.failure = error;
      return 'EBADBODY';
    }
  }

  #answer(msg: Call, result: unknown): Code {
    try {
      msg.result = this.#arrived(result).value;
      return 0;
    } catch (error) {
      restoreRights(result);
      msg.failure = inResult(error);
      return 'EBADBODY';
    }
  }

  #mustEqual({ bytes, moved }: Arrived, value: unknown, text: string): void {
    const now = encodeBody(value, indices([]), this.#task.limits.bodyDepth, movedArrays(moved));
    if (Buffer.compare(bytes, now) !== 0) throw new IpcError('EBADBODY', text);
  }

  /** A body as it comes out at the other side of a boundary. */
  #arrived(body: unknown): Arrived {
    const rights: BodyRight[] = [];
    const moved: Uint8Array[] = [];
    const { bodyDepth } = this.#task.limits;
    const bytes = encodeBody(body, indices(rights, true), bodyDepth, movedArrays(moved));
    const value = decodeBody(
      bytes,
      (index) => rights[index],
      bodyDepth,
      (index) => moved[index],
    );
    for (const right of rights) right.arrive();
    return { bytes, value, moved };
  }
}

/** `moved`: arrays that arrive themselves. They are the receiver's, to change or to give away. */
type Arrived = { bytes: Uint8Array; value: unknown; moved: Uint8Array[] };

/** Gives each right its index. `departing`: it has to be one that may travel. */
function indices(rights: BodyRight[], departing = false): (right: object) => number {
  return (right) => {
    if (!isBodyRight(right)) throw new IpcError('EBADBODY', 'a right of another copy of easync cannot be sent here');
    if (departing) right.mustTravel();
    rights.push(right);
    return rights.length - 1;
  };
}

/** Gives each moved array its index, the same one as long as the call lasts. */
function movedArrays(moved: Uint8Array[]): Outside {
  return {
    has: (bytes) => moved.includes(bytes) || isMoved(bytes),
    take(bytes) {
      const known = moved.indexOf(bytes);
      if (known !== -1) return known;
      if (!isMoved(bytes) || isDetached(bytes.buffer as ArrayBuffer)) return undefined;
      return moved.push(bytes) - 1;
    },
  };
}
