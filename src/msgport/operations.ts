import { type Code, InvariantError } from '../errors.ts';
import { MSGF, type Message } from './message.ts';
import { EASYNC, type Easync, type MsgPort } from './port.ts';
import { onAbort } from './on-abort.ts';
import { assertIdle, assertProcessing, assertReplyPort } from './state.ts';

/**
 * Makes a message ready to be sent, or an idle one ready for another purpose: the flags become DONE plus `flags`
 * (ABORTABLE, DROPABLE, PRIORITY and handler bits); nothing else is cleared.
 *
 * @throws InvariantError if it is in flight.
 */
export function initMsg(msg: Message, replyPort: MsgPort | null, flags = 0): void {
  assertIdle(msg, 'initMsg');
  msg.flags = MSGF.DONE | flags;
  msg.replyPort = replyPort;
}

/**
 * Sends and tells at once what came of it: a code (the message is complete and yours), or `EASYNC` (wait for it with
 * waitMsg). The seed's `mp_SendMsg`, and the first half of doMsg.
 *
 * @throws InvariantError if the message is in flight or has no reply port.
 */
export function beginMsg(port: MsgPort, msg: Message): Code | Easync {
  assertIdle(msg, 'beginMsg');
  assertReplyPort(msg, 'beginMsg');
  msg.flags = (msg.flags & ~(MSGF.DONE | MSGF.REPLY)) | MSGF.SYNC;
  const code = put(port, msg);
  if (code !== EASYNC) msg.flags |= MSGF.DONE | MSGF.REPLY;
  return code;
}

/**
 * Sends and waits. Completes in the call where the port's agent does: then the reply port is not touched, `msg.error` is
 * not written, and the code is returned as it is. Otherwise a promise of the code.
 *
 * @throws InvariantError if the message is in flight or has no reply port.
 */
export function doMsg(port: MsgPort, msg: Message, options?: WaitOptions): Code | Promise<Code> {
  const code = beginMsg(port, msg);
  return code === EASYNC ? waitMsg(msg, options) : code;
}

/**
 * Sends and leaves. However it ends, the caller finds the reply on the message's reply port, and there only.
 *
 * @throws InvariantError if the message is in flight or has no reply port.
 */
export function sendMsg(port: MsgPort, msg: Message): void {
  assertIdle(msg, 'sendMsg');
  assertReplyPort(msg, 'sendMsg');
  msg.flags &= ~(MSGF.DONE | MSGF.REPLY | MSGF.SYNC);
  const code = put(port, msg);
  if (code !== EASYNC) replyMsg(msg, code);
}

/**
 * Passes a received message on. Its reply port and its waiter stay: the last hop wakes the originator directly. If the new
 * target completes it on the spot, the reply goes out here and the code is returned too.
 *
 * @throws InvariantError if the message is still queued or was answered.
 */
export function forwardMsg(port: MsgPort, msg: Message): Code | Easync {
  assertProcessing(msg, 'forwardMsg');
  const code = ask(port, msg);
  if (code !== EASYNC) replyMsg(msg, code);
  return code;
}

/**
 * Answers a received message with a code. The message belongs to its originator afterwards.
 *
 * @throws InvariantError if it was answered before, or is still on a queue.
 */
export function replyMsg(msg: Message, error: Code): void {
  assertProcessing(msg, 'replyMsg');
  const port = assertReplyPort(msg, 'replyMsg');
  msg.error = error;
  port.reply(msg);
}

export type WaitOptions = {
  /** Fires: the abort request goes out, once. The wait itself goes on until the reply (lwkt.md §1.5). */
  signal?: AbortSignal | undefined;
};

/**
 * Waits for the reply and takes it off the reply port, wherever in the queue it is. Repeated on a complete message it
 * answers the same code; on one never sent, whatever code is stored.
 *
 * @throws InvariantError for a DROPABLE message, or if somebody waits for it already.
 */
export function waitMsg(msg: Message, options?: WaitOptions): Code | Promise<Code> {
  if ((msg.flags & MSGF.DROPABLE) !== 0) {
    throw new InvariantError('waitMsg: a dropable message may never be answered', { op: 'waitMsg' });
  }
  if (checkMsg(msg)) {
    msg.queue?.unlink(msg);
    return msg.error;
  }
  if (msg.waiter !== null)
    throw new InvariantError('waitMsg: somebody waits for this message already', { op: 'waitMsg' });
  const reply = new Promise<Code>((resolve) => {
    msg.waiter = resolve;
  });
  return options?.signal === undefined ? reply : abortOnSignal(msg, reply, options.signal);
}

/** Whether the message is not in flight: answered, dropped, or never sent. */
export function checkMsg(msg: Message): boolean {
  return (msg.flags & MSGF.DONE) !== 0;
}

/**
 * Asks for an early end. A request, not a cancellation: the message completes by its reply and only so. Does nothing unless
 * the message is ABORTABLE and in flight.
 */
export function abortMsg(msg: Message): void {
  if ((msg.flags & (MSGF.ABORTABLE | MSGF.DONE | MSGF.REPLY)) === MSGF.ABORTABLE) msg.onAbort?.(msg);
}

/**
 * Receiver's side: takes a DROPABLE message off its own queue without an answer; it then looks as if never sent.
 *
 * @returns 0, or `'ENOENT'` if it is not waiting on its target's queue.
 * @throws InvariantError if it is not DROPABLE, or its target has no single owner who could drop it.
 */
export function dropMsg(msg: Message): 0 | 'ENOENT' {
  if ((msg.flags & MSGF.DROPABLE) === 0) {
    throw new InvariantError('dropMsg: the message is not dropable; set DROPABLE with initMsg', { op: 'dropMsg' });
  }
  return msg.target === null ? 'ENOENT' : msg.target.drop(msg);
}

/** An agent that breaks its contract must not take the message with it: it is its originator's again. */
function put(port: MsgPort, msg: Message): Code | Easync {
  try {
    return ask(port, msg);
  } catch (error) {
    if (msg.queue === null) msg.flags |= MSGF.DONE;
    throw error;
  }
}

/** Lets the port's agent decide, and holds it to its answer. */
function ask(port: MsgPort, msg: Message): Code | Easync {
  msg.target = port;
  const code: unknown = port.put(msg);
  if (typeof code !== 'string' && code !== 0) {
    const what = code instanceof Promise ? 'a promise' : String(code);
    throw new InvariantError(`put: the agent answered ${what}; an agent answers 0, a code or EASYNC, and at once`, {
      op: 'put',
    });
  }
  if (code !== EASYNC && (msg.queue !== null || (msg.flags & MSGF.DONE) !== 0)) {
    throw new InvariantError(`put: the agent answered ${code} for a message it kept or had answered`, { op: 'put' });
  }
  return code as Code | Easync;
}

async function abortOnSignal(msg: Message, reply: Promise<Code>, signal: AbortSignal): Promise<Code> {
  using _asking = onAbort(signal, () => abortMsg(msg));
  if (signal.aborted) abortMsg(msg);
  return await reply;
}
