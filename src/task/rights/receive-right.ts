import { IpcError } from '../../errors.ts';
import type { Name, RightSpec } from '../../kernel/types.ts';
import type { Message, MsgPort } from '../../msgport/index.ts';
import { RIGHT_BRAND } from '../../wire/index.ts';
import type { LocalPort } from '../local/local-port.ts';
import { TakingPort } from '../local/taking-port.ts';
import type { Task } from '../task.ts';
import { setBackup } from './backup.ts';
import { type BodyRight, INSPECT, OWN_RIGHT } from './body-right.ts';
import { messages, receive, type ReceiveOptions } from './receive.ts';
import type { SendOnceRight } from './send-right.ts';
import type { CarriedRight } from './target.ts';

/**
 * The receive right of a port. Receive from it one by one, let an agent serve it, put it into a port set, or send it to another
 * task as `move(right)`. Disposing it destroys the port: senders find a dead name, calls that wait in its queue fail with
 * `handled: 'no'`; unless it has a backup, to which it goes then with all that waits in it.
 */
export class ReceiveRight implements Disposable, AsyncIterable<Message>, BodyRight {
  readonly [RIGHT_BRAND] = true;
  readonly [OWN_RIGHT] = true;
  readonly task: Task;
  #port: LocalPort | null;
  /** Set on a handle that may go into a body: where it came from. */
  #source: ReceiveRight | null;
  #mayReturn = true;

  /** @internal */
  constructor(task: Task, port: LocalPort, source: ReceiveRight | null = null) {
    this.task = task;
    this.#port = port;
    this.#source = source;
  }

  /** What a console shows of it: not the task behind. */
  [INSPECT](): string {
    return `[${this.constructor.name}: ${this.#port?.label ?? 'moved away'}]`;
  }

  /** This task's name for the port. Asking for it makes the kernel know the port. */
  get name(): Name {
    return this.#held('name').export();
  }

  /**
   * The next message. Answer it with `replyMsg(msg, 0)`, its `result` set; a `oneWay` message needs no answer. Message and
   * rights in it are the receiver's.
   *
   * @throws IpcError MACH_RCV_TIMED_OUT, MACH_RCV_INTERRUPTED, MACH_RCV_PORT_DIED (also when the right was sent away),
   *   MACH_RCV_PORT_CHANGED, MACH_RCV_IN_SET (mach.md §8)
   */
  async receive(options: ReceiveOptions = {}): Promise<Message> {
    const port = this.listening('receive');
    return receive(this.task, port.reception.inbox, port.label, options);
  }

  /** Messages as they come, until the port is destroyed or sent away. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    if (!this.isDestroyed) yield* messages(() => this.receive());
  }

  /** Hands every message to `agent`, those that wait first. Receives end with MACH_RCV_PORT_CHANGED. */
  serve(agent: MsgPort): void {
    this.listening('serve').reception.serve(new TakingPort(agent));
  }

  /** @internal For an agent that takes each message itself, when it starts on it. */
  serveTaking(agent: MsgPort): void {
    this.listening('serve').reception.serve(agent);
  }

  /** @internal The same, for what kernels and pagers say to each other: critical sections do not keep it out. */
  serveUrgent(agent: MsgPort): void {
    this.live('serve').isUrgent = true;
    this.serveTaking(agent);
  }

  /** Runs `fn` once, when no send right to this port is left anywhere (no-senders, mach.md §10). */
  onNoSenders(fn: () => void): void {
    this.live('onNoSenders').onNoSenders(fn);
  }

  /**
   * Where the port goes instead of dying, however its holder ends, kill -9 included: as a message on the port that `once` was
   * made of, with `notification.id` 69 and a `ReceiveRight` as `body` (port-destroyed, mach.md §10). The request travels with the
   * right. It takes the place of an earlier one; null takes that back.
   *
   * @throws IpcError KERN_INVALID_CAPABILITY if the port of `once` is dead
   */
  async setBackup(once: SendOnceRight | null): Promise<void> {
    const port = this.live('setBackup');
    port.mayOutlive = true;
    await setBackup(this.task, port.export(), once);
  }

  /** @internal Whether there is a send right to it, here or elsewhere. */
  get hasSenders(): boolean {
    return this.#held('hasSenders').senders.any;
  }

  /** Whether this handle is good for nothing any more: the port was destroyed, or its receive right sent away. */
  get isDestroyed(): boolean {
    return this.#port === null || this.#port.isDead;
  }

  /** @internal */
  get received(): LocalPort | null {
    return this.#port;
  }

  /** @internal Whether the kernel has messages for it that nobody has taken. */
  hasMessages(): Promise<boolean> {
    return this.#held('hasMessages').hasMessages();
  }

  /** Destroys the port, or sends it to its backup. */
  destroy(): void {
    this.#port?.close();
  }

  deallocate(): void {
    this.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** @internal The port, with its messages coming here. */
  listening(op: string): LocalPort {
    const port = this.live(op);
    port.listen();
    return port;
  }

  /** @internal Whoever does something with it has it. */
  live(op: string): LocalPort {
    this.arrive();
    return this.#alive(op);
  }

  /** @internal The handle that goes into a body. */
  depart(): ReceiveRight {
    const port = this.live('move');
    port.crossing.depart();
    this.#port = null;
    return new ReceiveRight(this.task, port, this);
  }

  /** @internal */
  mustTravel(): void {
    if (this.#source !== null) return;
    throw new IpcError('EBADBODY', 'a receive right goes into a message as move(right)');
  }

  /** @internal */
  departSpec(): RightSpec {
    this.mustTravel();
    return this.#alive('send').crossing.leave();
  }

  /** @internal */
  consume(): CarriedRight {
    const port = this.#alive('send');
    const source = this.#source;
    this.#port = null;
    return port.crossing.left((mayKeep, returned) => {
      port.crossing.cameBack(returned);
      if (mayKeep && this.#mayReturn && source !== null) source.#port = port;
      else port.close();
    });
  }

  /** @internal */
  disown(): void {
    this.#mayReturn = false;
  }

  /** @internal */
  restore(): void {
    if (this.#source === null || this.#port === null) return;
    this.#port.crossing.stayed();
    if (!this.#mayReturn) return this.destroy();
    this.#source.#port = this.#port;
    this.#port = null;
  }

  /** @internal */
  arrive(): void {
    if (this.#source === null) return;
    this.#source = null;
    this.#port?.crossing.changedHands();
  }

  #alive(op: string): LocalPort {
    const port = this.#held(op);
    if (!port.isDead) return port;
    throw new IpcError('ERELEASED', `${op}: ${port.label} was destroyed`, { op, object: port.label });
  }

  #held(op: string): LocalPort {
    if (this.#port !== null) return this.#port;
    throw new IpcError('ERELEASED', `${op}: this receive right was moved away`, { op });
  }
}
