import { InvariantError } from '../errors.ts';
import { MSGF, type Message } from './message.ts';

/** A FIFO of messages linked through themselves: no allocation, and any message leaves from the middle in O(1). */
export class MessageQueue {
  #head: Message | null = null;
  #tail: Message | null = null;

  get isEmpty(): boolean {
    return this.#head === null;
  }

  /** Front to back; whoever looks must not change it meanwhile. */
  *[Symbol.iterator](): Generator<Message, void, undefined> {
    for (let msg = this.#head; msg !== null; msg = msg.next) yield msg;
  }

  push(msg: Message): void {
    if (msg.queue !== null) throw new InvariantError('the message is already on a queue', { op: 'put' });
    msg.queue = this;
    msg.prev = this.#tail;
    if (this.#tail === null) this.#head = msg;
    else this.#tail.next = msg;
    this.#tail = msg;
    msg.flags |= MSGF.QUEUED;
  }

  shift(): Message | null {
    const head = this.#head;
    if (head !== null) this.unlink(head);
    return head;
  }

  unlink(msg: Message): void {
    if (msg.queue !== this) throw new InvariantError('the message is not on this queue', { op: 'unlink' });
    if (msg.prev === null) this.#head = msg.next;
    else msg.prev.next = msg.next;
    if (msg.next === null) this.#tail = msg.prev;
    else msg.next.prev = msg.prev;
    msg.queue = msg.next = msg.prev = null;
    msg.flags &= ~MSGF.QUEUED;
  }
}
