import { channel } from 'node:diagnostics_channel';
import type { Code } from '../errors.ts';
import type { Name } from '../kernel/types.ts';
import {
  beginMsg,
  EASYNC,
  type Easync,
  type Message,
  MessageQueue,
  MsgPort,
  replyMsg,
  ReplyPort,
  sendMsg,
  waitMsg,
} from '../msgport/index.ts';
import { decodeXp, encodeXp, type Xp, XP_MESSAGES, xpRights } from '../wire/index.ts';
import { Call, failureOf, takeMsg } from './messages/call.ts';
import { RawBody } from './messages/raw-body.ts';
import { releaseRights } from './rights/rights-in.ts';
import type { ReceiveRight } from './rights/receive-right.ts';
import type { SendOnceRight, SendRight } from './rights/send-right.ts';

type XpRightHandle = SendRight | SendOnceRight | ReceiveRight;

/** An XP message (`src/wire/xp-table.ts`) as it came. Its rights are the receiver's, in the order of the table. */
export type XpArrival = {
  message: Xp;
  rights: readonly XpRightHandle[];
  /** Answers `memory_object_get_attributes`; null of any other message. */
  reply: ((answer: Xp<'memory_object_attributes'>) => void) | null;
};

/**
 * Serves a port for XP messages: `onMessage` gets them in the order in which they arrive, and is synchronous (pager.md R0.2). What is
 * none, or has not the rights that it should, is refused with EBADBODY, and its rights are given back. While it `isBusy`, messages
 * wait where they are, at their senders' charge, until `goOn`.
 */
export function serveXp(
  port: ReceiveRight,
  onMessage: (arrival: XpArrival) => void,
  isBusy: () => boolean = () => false,
): XpPort {
  const agent = new XpAgent(port, onMessage, isBusy);
  port.serveUrgent(agent);
  return agent;
}

export type XpPort = {
  /** It may be busy no longer: hears what has waited. */
  goOn(): void;
};

/**
 * Sends an XP message. Rights are made for it: `make.send(p)`, `copy(r)`, `move(r)`. `onSent` runs when it
 * is in the port's queue (0), or is known not to get there: what was moved is its old handle's again then.
 */
export function sendXp(
  to: SendRight,
  message: Xp,
  rights: readonly XpRightHandle[] = [],
  onSent?: (code: Code) => void,
): void {
  const call = rawCall(message, rights, new ReplyPort((msg) => onSent?.(msg.error)));
  call.oneWay = true;
  publish({ direction: 'sent', port: to.name, message });
  sendMsg(to, call);
}

/** `memory_object_get_attributes`: the one XP message that is a call. */
export async function askXp(
  to: SendRight,
  message: Xp<'memory_object_get_attributes'>,
): Promise<Xp<'memory_object_attributes'>> {
  const call = rawCall(message, [], new ReplyPort());
  const port = to.name;
  publish({ direction: 'sent', port, message });
  const code = beginMsg(to, call);
  const settled = code === EASYNC ? await waitMsg(call) : code;
  if (settled !== 0) throw failureOf(call, settled, message.kind);
  const { id } = XP_MESSAGES.memory_object_attributes;
  const answer = decodeXp(id, asBuffer(call.result)) as Xp<'memory_object_attributes'>;
  publish({ direction: 'received', port, message: answer });
  return answer;
}

/**
 * Every XP message that this process sends or receives, in order, as an `XpEvent`: in a broker all of its objects', in a pager its
 * own. `port` is the task's name for the object's port, or the control port, that it goes to; of the reply to `get_attributes` that
 * which was asked.
 */
const CHANNEL = channel('easync:xp');

export type XpEvent =
  | { direction: 'sent' | 'received'; port: Name; message: Xp }
  /** What came is not taken. `id`: the number of its kind. */
  | { direction: 'refused'; port: Name; id: number; why: string };

function publish(event: XpEvent): void {
  if (CHANNEL.hasSubscribers) CHANNEL.publish(event);
}

function rawCall(message: Xp, rights: readonly XpRightHandle[], replyPort: ReplyPort): Call {
  const body = encodeXp(message);
  const call = new Call(
    XP_MESSAGES[message.kind].id,
    rights.length === 0 ? new Uint8Array(body) : new RawBody(body, rights),
    replyPort,
  );
  call.raw = true;
  call.label = message.kind;
  return call;
}

class XpAgent extends MsgPort implements XpPort {
  readonly #port: ReceiveRight;
  readonly #onMessage: (arrival: XpArrival) => void;
  readonly #isBusy: () => boolean;
  readonly #waiting = new MessageQueue();

  constructor(port: ReceiveRight, onMessage: (arrival: XpArrival) => void, isBusy: () => boolean) {
    super();
    this.#port = port;
    this.#onMessage = onMessage;
    this.#isBusy = isBusy;
  }

  override put(msg: Message): Code | Easync {
    if (this.#waiting.isEmpty && !this.#isBusy()) return this.#hear(msg);
    this.#waiting.push(msg);
    return EASYNC;
  }

  goOn(): void {
    while (!this.#waiting.isEmpty && !this.#isBusy()) {
      const msg = this.#waiting.shift();
      const code = msg === null ? EASYNC : this.#hear(msg);
      if (msg !== null && code !== EASYNC) replyMsg(msg, code);
    }
  }

  #hear(msg: Message): Code | Easync {
    if (!(msg instanceof Call) || !msg.raw || msg.barrier) {
      const code = takeMsg(msg);
      releaseRights(msg.body);
      if (code !== 0 || (msg instanceof Call && (msg.barrier || msg.notification !== null))) return code;
      return this.#refuse(msg.id, 'it is no XP message: it is not RAW');
    }
    const { bytes, rights } = msg.takeRaw();
    let message: Xp;
    try {
      message = decodeXp(msg.id, asBuffer(bytes));
    } catch (error) {
      releaseRights(rights);
      return this.#refuse(msg.id, String(error));
    }
    const wanted = xpRights(message.kind);
    if (rights.length !== wanted) {
      releaseRights(rights);
      return this.#refuse(msg.id, `${message.kind} with ${rights.length} rights, and it has ${wanted}`);
    }
    const port = this.#port.name;
    publish({ direction: 'received', port, message });
    const asks = message.kind === 'memory_object_get_attributes' && !msg.oneWay;
    const reply = (answer: Xp<'memory_object_attributes'>): void => {
      publish({ direction: 'sent', port, message: answer });
      msg.result = new Uint8Array(encodeXp(answer));
      replyMsg(msg, 0);
    };
    this.#onMessage({ message, rights: rights as readonly XpRightHandle[], reply: asks ? reply : null });
    return asks ? EASYNC : 0;
  }

  #refuse(id: number, why: string): 'EBADBODY' {
    publish({ direction: 'refused', port: this.#port.name, id, why });
    return 'EBADBODY';
  }
}

function asBuffer(bytes: unknown): Buffer {
  if (!(bytes instanceof Uint8Array)) return Buffer.alloc(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
