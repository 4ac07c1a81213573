import type { IncomingMessage, Notification } from '../kernel/index.ts';
import { giveBack } from '../link/spare-memory.ts';
import {
  bytesOf,
  type Descriptor,
  END_TO_END_FLAGS,
  encodeFields,
  encodeHead,
  FLAG,
  type Frame,
  type Header,
  type HeaderInit,
  MESSAGES,
} from '../wire/index.ts';

/** What the kernel carries without looking: the sender's header, and body and memory, which only the two ends decode. */
export class Carried {
  readonly header: Header;
  readonly memory: readonly Uint8Array[];
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  readonly #frameBytes: number;
  #body: Buffer;
  /** How many links are reading the memory. */
  #readers = 0;
  #isTaken = false;

  constructor(frame: Frame, frameBytes: number, at: number) {
    this.header = frame.header;
    this.memory = frame.memory;
    this.at = at;
    this.#frameBytes = frameBytes;
    this.#body = frame.body;
  }

  get body(): Buffer {
    return this.#body;
  }

  /**
   * The link's buffer is about to be reused. Delivered or not, the kernel has the message until it is taken, and may deliver
   * it again: it needs bytes of its own. A big frame has them (see `Link`).
   */
  keep(): void {
    if (this.#body.buffer.byteLength !== this.#frameBytes) this.#body = Buffer.from(this.#body);
  }

  /** A link is given the memory to read; what is answered says that it has. Links to threads, which take it away, are no broker's. */
  lend(): (() => void) | undefined {
    if (this.memory.length === 0) return undefined;
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
      this.#giveBack();
    };
  }

  /** The kernel has no use for it any more: nobody else is to get the message. */
  taken(): void {
    this.#isTaken = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (!this.#isTaken || this.#readers > 0) return;
    for (const piece of this.memory) giveBack(piece);
  }
}

/** A message, or a notification, as the task that serves its port gets it: the parts of one frame. */
export function encodeDelivery(message: IncomingMessage): { head: Buffer; body: Buffer; carried?: Carried } {
  const { local, notification, tag, seqno } = message;
  if (notification !== null) {
    const body = encodeFields('notify', { id: notification.id, port: local.name, ...notificationFields(message) });
    const header = { kind: MESSAGES.notify.id, callId: tag, sequence: seqno };
    return { head: encodeHead(header, descriptors(message)), body };
  }
  const carried = carriedBy(message);
  const head = carriedHeader(carried, message, MESSAGES.deliver.id, tag);
  return { head: encodeHead(head, descriptors(message)), body: carried.body, carried };
}

/** A message as the answer to a `receive`, under the answer's own kind and call: header, rights, fields of the body, memory. */
export function encodeReceived(message: IncomingMessage, kind: number, callId: number) {
  const { notification, tag, seqno, bytes, headerOnly } = message;
  const carried = notification === null ? carriedBy(message) : undefined;
  const header: HeaderInit =
    carried === undefined ? { kind, callId, sequence: seqno } : carriedHeader(carried, message, kind, callId);
  const id = { value: bytes - bytesOf(carried?.memory ?? []), tag, notification: notification?.id ?? 0 };
  const fields = headerOnly ? id : { ...id, ...notificationFields(message), body: carried?.body ?? NO_BYTES };
  const memory = headerOnly ? undefined : carried?.memory;
  return { header, descriptors: descriptors(message), fields, memory };
}

/** What the kernel gives back of a message. */
export function carriedBy({ payload }: { payload: unknown }): Carried {
  if (payload instanceof Carried) return payload;
  throw new TypeError('the kernel carries what this broker gave it, and nothing else');
}

// Written out, always alike: headers are made for every message, and objects of one shape are made fast.
function carriedHeader(
  { header }: Carried,
  { seqno, aborted }: IncomingMessage,
  kind: number,
  callId: number,
): HeaderInit {
  return {
    kind,
    callId,
    sequence: seqno,
    flags: (header.flags & END_TO_END_FLAGS) | (aborted ? FLAG.ABORTED : 0),
    routine: header.routine,
    deadline: header.deadline,
    user: header.user,
    trace: header.trace,
  };
}

function notificationFields({ notification }: IncomingMessage) {
  return {
    name: notification !== null && 'name' in notification ? notification.name : 0,
    count: notification === null ? 0 : countOf(notification),
    handled: notification !== null && 'handled' in notification ? notification.handled : undefined,
  };
}

function countOf(notification: Notification): number {
  if ('mscount' in notification) return notification.mscount;
  return 'dropped' in notification ? notification.dropped : 0;
}

function descriptors({ local, remote, rights }: IncomingMessage): readonly Descriptor[] {
  return [local, remote, ...rights];
}

const NO_BYTES = Buffer.alloc(0);
