import { IpcError, ProtocolError } from '../errors.ts';
import { type Name, NOTIFY, type Notification } from '../kernel/types.ts';
import type { Limits } from '../limits.ts';
import { decodeFields, type Fields, type Frame, MESSAGES } from '../wire/index.ts';
import { refusal } from './handshake.ts';
import { IncomingCall } from './messages/incoming-call.ts';
import { decodeNotification } from './messages/notification.ts';
import { deliver } from './local/deliver.ts';
import { settle } from './messages/pending.ts';
import type { Task } from './task.ts';

/** What to do with each frame that a broker sends to a task. */
export class Dispatcher {
  readonly #task: Task;

  constructor(task: Task) {
    this.#task = task;
  }

  onFrame(frame: Frame): void {
    switch (frame.header.kind) {
      case MESSAGES.deliver.id:
        return this.#deliver(frame);
      case MESSAGES.notify.id:
        return this.#notify(frame, decodeFields('notify', frame.body));
      case MESSAGES.sent.id:
        if (this.#task.calls.onSent(frame)) return undefined;
        return this.#task.shim.onSent(
          frame.header.callId,
          plainCode(decodeFields('sent', frame.body).code),
          frame.descriptors,
        );
      case MESSAGES.result.id:
        return this.#task.calls.onResult(frame);
      case MESSAGES.received.id:
        return this.#task.calls.onReceived(frame);
      case MESSAGES.aborted.id:
        return this.#task.serving.get(decodeFields('aborted', frame.body).reply)?.requestAbort();
      case MESSAGES.woken.id:
        return this.#task.sleep.onWoken(frame);
      case MESSAGES.drain.id:
        return this.#drain(decodeFields('drain', frame.body).port);
      case MESSAGES.refuse.id:
        throw refusal(frame.body);
      case MESSAGES.goodbye.id:
        return this.#task.link.close();
      default:
        throw new ProtocolError(`a broker does not send messages of kind ${frame.header.kind}`);
    }
  }

  #deliver(frame: Frame): void {
    const name = frame.descriptors[0]?.name ?? 0;
    if (name === this.#task.replyPort) {
      this.#task.taken.add(name);
      return this.#task.shim.onReply(frame);
    }
    const departure = this.#task.departures.get(name);
    if (departure !== undefined) return departure.hold(frame);
    const port = this.#task.ports.get(name);
    const call = new IncomingCall(this.#task, frame, () => this.#task.taken.add(name, port?.mayOutlive));
    if (port !== undefined) return deliver(port, call);
    // Our destruction of the port crossed this message on the link.
    return call.refuse(undefined, 'MACH_SEND_INVALID_DEST');
  }

  #notify(frame: Frame, fields: Fields<'notify'>): void {
    const departure = this.#task.departures.get(fields.port);
    if (departure !== undefined) return departure.hold(frame);
    const notification = decodeNotification(fields);
    if (fields.port !== this.#task.replyPort) return this.#notifyPort(frame, fields.port, notification);
    this.#task.taken.add(fields.port);
    const expected = this.#task.pending.take(frame.header.callId);
    if (expected === undefined) return undefined;
    if ('notified' in expected) return expected.notified(notification);
    if (notification.id !== NOTIFY.SEND_ONCE) return undefined;
    const failure = unanswered(expected.object, notification, this.#task.limits);
    return settle(expected.msg, failure.code, failure);
  }

  #notifyPort(frame: Frame, name: Name, notification: Notification): void {
    const port = this.#task.ports.get(name);
    const call = new IncomingCall(this.#task, frame, () => this.#task.taken.add(name, port?.mayOutlive), notification);
    return port === undefined ? call.refuse(undefined, 'MACH_SEND_INVALID_DEST') : deliver(port, call);
  }

  #drain(name: number): void {
    this.#task.ports.get(name)?.reception.handBack();
    this.#task.taken.stop(name);
  }
}

function unanswered(object: string, { handled, dropped }: SendOnceUnused, limits: Limits): IpcError {
  if (dropped !== undefined) {
    const text =
      `${object}: the reply, a frame of ${dropped} bytes, was dropped: ${limits.replyBytesPerTask} bytes of replies ` +
      'wait for this task already (replyBytesPerTask); take them before you ask for more';
    return new IpcError('ELIMIT', text, { object, handled: 'maybe' });
  }
  const fate = handled === 'no' ? 'it never saw the request' : 'it may have acted on the request';
  return new IpcError('ESERVERDIED', `${object}: the server died before it answered; ${fate}`, { object, handled });
}

type SendOnceUnused = Extract<Notification, { id: typeof NOTIFY.SEND_ONCE }>;

function plainCode(code: Fields<'sent'>['code']): Exclude<Fields<'sent'>['code'], 'blocked' | 'waiting'> {
  if (code === 'blocked' || code === 'waiting') throw new ProtocolError(`sent cannot say ${code}`);
  return code;
}
