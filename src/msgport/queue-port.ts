import { type Code, InvariantError } from '../errors.ts';
import { completeSync } from './complete.ts';
import { MSGF, type Message } from './message.ts';
import { MessageQueue } from './message-queue.ts';
import { onAbort } from './on-abort.ts';
import { EASYNC, type Easync, MsgPort } from './port.ts';

export type QueuePortOptions = {
  /** `'one'` (a thread port): a second pending waitPort is an error. `'many'` (a spin port): they are served in order. */
  receivers?: 'one' | 'many';
};

/** Queues everything and answers `EASYNC`: the stock port. Requests and replies share its queue; look at REPLY. */
export class QueuePort extends MsgPort {
  readonly #normal = new MessageQueue();
  readonly #priority = new MessageQueue();
  readonly #receivers: ((msg: Message) => void)[] = [];
  readonly #single: boolean;

  constructor(options: QueuePortOptions = {}) {
    super();
    this.#single = options.receivers !== 'many';
  }

  override put(msg: Message): Code | Easync {
    this.#arrive(msg);
    return EASYNC;
  }

  override reply(msg: Message): void {
    if (completeSync(msg)) return;
    msg.flags |= MSGF.DONE | MSGF.REPLY;
    this.#arrive(msg);
  }

  override get(): Message | null {
    for (;;) {
      const msg = this.takeQueued();
      if (msg === null || this.accept(msg)) return msg;
    }
  }

  /** The next message as it lies in the queue, whether a receiver may have it or not. */
  protected takeQueued(): Message | null {
    return this.#priority.shift() ?? this.#normal.shift();
  }

  /** @internal What waits; whoever looks must not change it meanwhile. */
  *waiting(): Generator<Message, void, undefined> {
    yield* this.#priority;
    yield* this.#normal;
  }

  /** Asked before a message goes to a receiver. A subclass that answers false has dealt with the message itself. */
  protected accept(_msg: Message): boolean {
    return true;
  }

  override drop(msg: Message): 0 | 'ENOENT' {
    if (!this.#single) return super.drop(msg);
    if ((msg.queue !== this.#normal && msg.queue !== this.#priority) || (msg.flags & MSGF.REPLY) !== 0) return 'ENOENT';
    msg.queue.unlink(msg);
    msg.flags |= MSGF.DONE;
    return 0;
  }

  /** The next message, at once if there is one. Null only if `signal` fired first. */
  wait(signal?: AbortSignal): Message | null | Promise<Message | null> {
    const msg = this.get();
    if (msg !== null) return msg;
    if (signal?.aborted === true) return null;
    if (this.#single && this.#receivers.length > 0) {
      throw new InvariantError('waitPort: this port has a receiver already; only its owner may receive', {
        op: 'waitPort',
      });
    }
    return new Promise((resolve) => {
      const interrupt = (): void => {
        this.#receivers.splice(this.#receivers.indexOf(receive), 1);
        resolve(null);
      };
      const receive = (arrived: Message): void => {
        interrupts[Symbol.dispose]();
        resolve(arrived);
      };
      const interrupts = onAbort(signal, interrupt);
      this.#receivers.push(receive);
    });
  }

  /** A waiting receiver gets the message itself, not a wake-up: nobody can take it away before the receiver runs. */
  #arrive(msg: Message): void {
    if (this.#receivers.length === 0) ((msg.flags & MSGF.PRIORITY) === 0 ? this.#normal : this.#priority).push(msg);
    else if (this.accept(msg)) this.#receivers.shift()?.(msg);
  }
}

/** Sleeps until a message or reply is there. See `QueuePort.wait`. */
export function waitPort(port: QueuePort, signal?: AbortSignal): Message | null | Promise<Message | null> {
  return port.wait(signal);
}

/** The next message or reply without waiting, or null. */
export function getMsg(port: MsgPort): Message | null {
  return port.get();
}
