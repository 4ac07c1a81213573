import type { IncomingMessage } from '../kernel/index.ts';
import { END_TO_END_FLAGS, encodeFields, encodeHead, FLAG, type Frame, type Header, MESSAGES } from '../wire/index.ts';

/** What the kernel carries without looking: the sender's header and the body's bytes, which only the two ends decode. */
export class Carried {
  readonly header: Header;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  #body: Buffer;
  #left = false;

  constructor(frame: Frame, at: number) {
    this.header = frame.header;
    this.at = at;
    this.#body = frame.body;
  }

  /** The body, to be sent at once. */
  leave(): Buffer {
    this.#left = true;
    return this.#body;
  }

  /** The link's buffer is about to be reused: if the message is still here, it needs bytes of its own. */
  keep(): void {
    if (!this.#left) this.#body = Buffer.from(this.#body);
  }
}

/** A message, or a notification, as the task that serves its port gets it: head and body of one frame. */
export function encodeDelivery(message: IncomingMessage): { head: Buffer; body: Buffer } {
  const { local, remote, notification, payload, tag, seqno } = message;
  if (notification !== null) {
    const body = encodeFields('notify', {
      id: notification.id,
      port: local.name,
      name: 'name' in notification ? notification.name : 0,
      count: 'mscount' in notification ? notification.mscount : 0,
      handled: 'handled' in notification ? notification.handled : undefined,
    });
    return { head: encodeHead({ kind: MESSAGES.notify.id, callId: tag, sequence: seqno }), body };
  }
  if (!(payload instanceof Carried))
    throw new TypeError('the kernel carries what this broker gave it, and nothing else');
  const { flags, routine, deadline, user, trace } = payload.header;
  const head = encodeHead(
    {
      kind: MESSAGES.deliver.id,
      callId: tag,
      sequence: seqno,
      flags: (flags & END_TO_END_FLAGS) | (message.aborted ? FLAG.ABORTED : 0),
      routine,
      deadline,
      user,
      ...(trace === undefined ? {} : { trace }),
    },
    [local, remote, ...message.rights],
  );
  return { head, body: payload.leave() };
}
