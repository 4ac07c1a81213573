import { DISP, type Name, NO_RIGHT, type RightSpec } from '../../kernel/types.ts';
import { type Message, ReplyPort } from '../../msgport/index.ts';
import { encodeErrorBody } from '../../wire/error-body.ts';
import { encodeHead, FLAG, MESSAGES } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import { Call } from './call.ts';
import { departingBody, inResult } from './message-body.ts';

/** The reply port of a call that came over the link: sends the reply to the send-once right that came with it. */
export class WireReply extends ReplyPort {
  constructor(task: Task, name: Name) {
    super((msg) => sendReply(task, name, msg));
  }
}

function sendReply(task: Task, name: Name, msg: Message): void {
  task.serving.delete(name);
  if (task.isClosed) return;
  const raw = msg instanceof Call && msg.raw;
  // A code alone stays one: the caller, who knows what was called, says what it means.
  if (msg.error !== 0 && msg.failure === undefined)
    return sendFailure(task, name, FLAG.FAILED | FLAG.RAW, Buffer.from(msg.error));
  if (msg.error !== 0) return sendFailure(task, name, FLAG.FAILED, encodeErrorBody(msg.failure));
  const body = departingBody(msg.result, raw, task.limits);
  if ('failure' in body) return sendFailure(task, name, FLAG.FAILED, encodeErrorBody(inResult(body.failure)));
  const flags = (raw ? FLAG.RAW : 0) | (body.hasRights ? FLAG.ACK : 0);
  const carried = body.leave(task.link, replyHead(name, flags, body.specs));
  if (body.hasRights) task.repliesOut.set(name, carried);
  return undefined;
}

function sendFailure(task: Task, name: Name, flags: number, bytes: Uint8Array): void {
  task.link.send(replyHead(name, flags, []), bytes);
}

function replyHead(name: Name, flags: number, specs: readonly RightSpec[]): Buffer {
  const header = { kind: MESSAGES.send.id, callId: REPLY_TO + name, flags };
  return encodeHead(header, [{ disp: DISP.MOVE_SEND_ONCE, name }, NO_RIGHT, ...specs]);
}

/** Sends of replies are named after the right they go to, above all tags: should one fail, its name says what to clean up. */
export const REPLY_TO = 2 ** 40;
