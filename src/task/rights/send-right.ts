import type { Code } from '../../errors.ts';
import { EASYNC, type Easync, type Message } from '../../msgport/index.ts';
import { LocalOnce } from '../local/local-once.ts';
import { moveMemory } from './moved-memory.ts';
import { ReceiveRight } from './receive-right.ts';
import { Right } from './right.ts';
import type { PortTarget, SharedTarget } from './target.ts';

/**
 * A send right. It *is* a message port: put answers the result of a direct call where the receive right is in this task,
 * else `EASYNC` and a shim carries the message.
 */
export class SendRight extends Right<SharedTarget> {
  /** Whether the port is known to have died. */
  get isDead(): boolean {
    return this.live('isDead').isDead;
  }

  /**
   * Runs `fn` once when the port dies (a dead-name notification, mach.md §10), or at once if it is dead already. Forgotten
   * when this handle is released.
   */
  onDead(fn: () => void): void {
    this.whileHeld(this.live('onDead').onDead(fn));
  }

  /**
   * Runs `fn` once, when a message to the port would not have to wait for room in its queue (send-possible, mach.md §10), or when
   * the port has died. A call with `poll: true` that failed with MACH_SEND_TIMED_OUT can be tried again then. Forgotten when this
   * handle is released.
   */
  onSendPossible(fn: () => void): void {
    this.whileHeld(this.live('onSendPossible').onSendPossible(fn));
  }
}

/** A send-once right: good for exactly one message, after which the handle is spent. */
export class SendOnceRight extends Right<PortTarget> {
  override put(msg: Message): Code | Easync {
    const code = super.put(msg);
    if (code === 0 || code === EASYNC) this.consume();
    return code;
  }
}

/** The right as a message value; the receiver gets a right of its own, `right` stays yours. */
export function copy(right: SendRight): SendRight {
  const target = right.live('copy');
  target.retain();
  return new SendRight(right.task, target, {});
}

/** The right as a message value; `right` is spent. Should the message not leave at all, `right` lives again. */
export function move<R extends SendRight | SendOnceRight | ReceiveRight>(right: R): R;
/**
 * The same memory as a message value, to be sent without a copy (mach.md §6). `bytes` is dead at once and says so: its length is
 * 0, and its methods throw a TypeError. What is answered is yours until a message with it leaves, then it is dead too; if the
 * message does not leave, it can be sent again. In the same task the receiver gets this very array.
 *
 * @throws IpcError EINVAL for memory that cannot be given away: a part of a buffer (a small `Buffer` mostly is one), shared
 * memory, a WebAssembly memory, or what was given away before.
 */
export function move(bytes: Uint8Array): Uint8Array;
export function move(
  right: SendRight | SendOnceRight | ReceiveRight | Uint8Array,
): SendRight | SendOnceRight | ReceiveRight | Uint8Array {
  if (right instanceof Uint8Array) return moveMemory(right);
  if (right instanceof ReceiveRight) return right.depart();
  return right instanceof SendRight
    ? new SendRight(right.task, right.depart('move'), { source: right })
    : new SendOnceRight(right.task, right.depart('move'), { source: right });
}

/** New rights to a port whose receive right you hold, as message values or to use in this task. */
export const make = {
  send(port: ReceiveRight): SendRight {
    const target = port.live('make.send');
    target.retain();
    return new SendRight(port.task, target, {});
  },
  sendOnce(port: ReceiveRight): SendOnceRight {
    return new SendOnceRight(port.task, new LocalOnce(port.live('make.sendOnce')), {});
  },
};
