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
};

/** What left with a call that nobody waits for any more. Whoever moved a right into it has been told that it is gone. */
export type AbandonedCall = Omit<PendingCall, 'msg' | 'object'>;

/** What a tag of this task stands for: a call, or a notification that was asked for. */
export type Expectation = PendingCall | AbandonedCall | { notified: (notification: Notification) => void };

/**
 * Calls and notification requests that wait for an answer, by tag. Taking one out is what makes an answer count exactly
 * once: whoever comes second finds nothing.
 */
export class Pending {
  readonly #waiting = new Map<number, Expectation>();

  get size(): number {
    return this.#waiting.size;
  }

  add(tag: number, expectation: Expectation): void {
    this.#waiting.set(tag, expectation);
  }

  peek(tag: number): Expectation | undefined {
    return this.#waiting.get(tag);
  }

  take(tag: number): Expectation | undefined {
    const found = this.#waiting.get(tag);
    if (found !== undefined) this.#waiting.delete(tag);
    return found;
  }

  /** Stops waiting for the answer to a call. What it carried may be given back yet. */
  abandon(tag: number): void {
    const found = this.take(tag);
    if (found === undefined || 'notified' in found) return;
    const { carried, once } = found;
    if (carried.length > 0 || once !== null) this.add(tag, { carried, once });
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
