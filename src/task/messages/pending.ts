import { type Code, IpcError } from '../../errors.ts';
import type { Notification } from '../../kernel/types.ts';
import { type Message, replyMsg } from '../../msgport/index.ts';
import type { CarriedRight } from '../rights/target.ts';
import { runUserCode } from '../user-code.ts';

/**
 * A call that waits for its reply. `carried`: rights that left with it, `once`: the send-once right that it went to. They are lost
 * should the kernel not take it.
 */
export type PendingCall = {
  msg: Message;
  object: string;
  carried: readonly CarriedRight[];
  once: CarriedRight | null;
  /** Whether the kernel has yet to say how it took the message, and with it what becomes of rights and memory. */
  mustKnow: boolean;
};

/** What a tag of this task stands for: a call, or a notification that was asked for. */
export type Expectation = PendingCall | { notified: (notification: Notification) => void };

/**
 * Calls and notification requests that wait for an answer, by tag. Taking one out is what makes an answer count exactly
 * once: whoever comes second finds nothing.
 */
export class Pending {
  readonly #waiting = new Map<number, Expectation>();
  #calls = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Those that are calls. */
  get calls(): number {
    return this.#calls;
  }

  add(tag: number, expectation: Expectation): void {
    if ('msg' in expectation) this.#calls += 1;
    this.#waiting.set(tag, expectation);
  }

  peek(tag: number): Expectation | undefined {
    return this.#waiting.get(tag);
  }

  take(tag: number): Expectation | undefined {
    const found = this.#waiting.get(tag);
    if (found === undefined) return undefined;
    if ('msg' in found) this.#calls -= 1;
    this.#waiting.delete(tag);
    return found;
  }

  /** Ends the call with this tag, if it still waits. */
  fail(tag: number, code: Code, failure?: unknown): void {
    const found = this.take(tag);
    if (found === undefined || !('msg' in found)) return;
    settle(found.msg, code, failure);
  }

  /** The broker is gone: nothing that waits can be answered any more. */
  failAll(text: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#calls = 0;
    for (const found of waiting) {
      if (!('msg' in found)) continue;
      const { msg, object } = found;
      settle(msg, 'EBROKERDIED', new IpcError('EBROKERDIED', `${object}: ${text}`, { object, handled: 'maybe' }));
    }
  }
}

/** Ends a call. Its reply port may be the user's. */
export function settle(msg: Message, code: Code, failure?: unknown): void {
  if (failure !== undefined) msg.failure = failure;
  runUserCode(() => replyMsg(msg, code));
}
