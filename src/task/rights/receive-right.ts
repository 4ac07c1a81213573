import { IpcError } from '../../errors.ts';
import type { Name } from '../../kernel/types.ts';
import type { Message, MsgPort } from '../../msgport/index.ts';
import { receiveFailure } from '../local/inbox.ts';
import type { LocalPort } from '../local/local-port.ts';
import { TakingPort } from '../local/taking-port.ts';
import type { Task } from '../task.ts';

export type ReceiveOptions = {
  /** Give up after this long with `MACH_RCV_TIMED_OUT`. 0 polls. */
  timeoutMs?: number;
  /** Give up with `MACH_RCV_INTERRUPTED` when it fires. */
  signal?: AbortSignal;
};

/**
 * The receive right of a port of this task. Receive from it one by one, or let an agent serve it. Disposing it destroys the
 * port: senders find a dead name, calls that wait in its queue fail with `handled: 'no'`.
 */
export class ReceiveRight implements Disposable, AsyncIterable<Message> {
  readonly task: Task;
  readonly #port: LocalPort;

  /** @internal */
  constructor(task: Task, port: LocalPort) {
    this.task = task;
    this.#port = port;
  }

  /** This task's name for the port. Asking for it makes the kernel know the port. */
  get name(): Name {
    return this.#port.export();
  }

  /**
   * The next message. Answer it with `replyMsg(msg, 0)`, its `result` set; a `oneWay` message needs no answer. Message and
   * rights in it are the receiver's.
   *
   * @throws IpcError MACH_RCV_TIMED_OUT, MACH_RCV_INTERRUPTED, MACH_RCV_PORT_DIED, MACH_RCV_PORT_CHANGED (mach.md §8)
   */
  async receive(options: ReceiveOptions = {}): Promise<Message> {
    const { inbox, label } = this.live('receive');
    const { timeoutMs, signal } = options;
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    if (inbox.ended !== null || signal?.aborted === true || (timeoutMs !== undefined && timeoutMs <= 0)) interrupt();
    using _timer = timeoutMs === undefined || timeoutMs <= 0 ? undefined : this.task.host.timer(timeoutMs, interrupt);
    signal?.addEventListener('abort', interrupt);
    inbox.receivers.add(interrupt);
    try {
      const msg = await inbox.wait(stop.signal);
      if (msg !== null) return msg;
    } finally {
      inbox.receivers.delete(interrupt);
      signal?.removeEventListener('abort', interrupt);
    }
    if (inbox.ended !== null) throw receiveFailure(inbox.ended, label);
    throw receiveFailure(signal?.aborted === true ? 'MACH_RCV_INTERRUPTED' : 'MACH_RCV_TIMED_OUT', label);
  }

  /** Messages as they come, until the port is destroyed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      if (this.#port.isDead) return;
      try {
        yield await this.receive();
      } catch (error) {
        if (IpcError.is(error) && error.code === 'MACH_RCV_PORT_DIED') return;
        throw error;
      }
    }
  }

  /** Hands every message to `agent`, those that wait first. Receives end with MACH_RCV_PORT_CHANGED. */
  serve(agent: MsgPort): void {
    this.live('serve').serve(new TakingPort(agent));
  }

  /** @internal For an agent that takes each message itself, when it starts on it. */
  serveTaking(agent: MsgPort): void {
    this.live('serve').serve(agent);
  }

  /** Runs `fn` once, when no send right to this port is left anywhere (no-senders, mach.md §10). */
  onNoSenders(fn: () => void): void {
    this.live('onNoSenders').onNoSenders(fn);
  }

  /** @internal Whether there is a send right to it, here or elsewhere. */
  get hasSenders(): boolean {
    return this.#port.hasSenders;
  }

  get isDestroyed(): boolean {
    return this.#port.isDead;
  }

  /** @internal Whether the kernel has messages for it that nobody has taken. */
  hasMessages(): Promise<boolean> {
    return this.#port.hasMessages();
  }

  /** Destroys the port. */
  destroy(): void {
    this.#port.close();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** @internal */
  live(op: string): LocalPort {
    if (!this.#port.isDead) return this.#port;
    throw new IpcError('ERELEASED', `${op}: ${this.#port.label} was destroyed`, { op, object: this.#port.label });
  }
}
