import { type Code, IpcError } from '../../errors.ts';
import type { Name, RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { RIGHT_BRAND } from '../../wire/index.ts';
import { type BodyRight, INSPECT, OWN_RIGHT } from './body-right.ts';
import type { PortTarget } from './target.ts';
import type { Task } from '../task.ts';

/**
 * A handle on a right to send, and the message port to send to. One handle is one user reference of its own: release it
 * with `deallocate` or `using`. Using it afterwards is an error; releasing it again is not.
 */
export abstract class Right<T extends PortTarget & { readonly successor: T | null } = PortTarget>
  extends MsgPort
  implements Disposable, BodyRight
{
  readonly [RIGHT_BRAND] = true;
  readonly [OWN_RIGHT] = true;
  readonly task: Task;
  /** @internal */
  readonly received = null;
  #target: T | null;
  readonly #watches = new Set<Disposable>();
  /** Set on a handle that may go into a body; `source` is the handle a move took it from. */
  #transit: { source?: Right<T> } | null;

  /** @internal Takes over one reference of `target`. */
  constructor(task: Task, target: T, transit: { source?: Right<T> } | null = null) {
    super();
    this.task = task;
    this.#target = target;
    this.#transit = transit;
    task.leaks.watch(this, target.label);
  }

  override put(msg: Message): Code | Easync {
    return this.live('put').put(msg);
  }

  deallocate(): void {
    this.#current()?.release();
    this.#forget();
  }

  [Symbol.dispose](): void {
    this.deallocate();
  }

  /** What a console shows of it: not the task behind. */
  [INSPECT](): string {
    return `[${this.constructor.name}: ${this.#target?.label ?? 'released'}]`;
  }

  /** This task's name for it, as kernel calls take it. Of a port of this task: that of its receive right. */
  get name(): Name {
    return this.live('name').name;
  }

  get isReleased(): boolean {
    return this.#target === null;
  }

  /** @internal What it stands on. */
  live(op: string): T {
    const target = this.#target;
    if (target !== null && target.successor === null) return target;
    const current = this.#current();
    if (current !== null) return current;
    throw new IpcError(
      'ERELEASED',
      `${op}: this right was released or moved away; keep a copy() of a right you still need`,
      {
        op,
      },
    );
  }

  /** @internal Takes this handle's reference away from it, for the handle that travels. */
  depart(op: string): T {
    const target = this.live(op);
    this.#forget();
    return target;
  }

  /** @internal How the message names the right to the kernel. */
  departSpec(): RightSpec {
    this.mustTravel();
    return this.live('send').departSpec();
  }

  /** @internal Throws unless this is a handle made to go into a message. */
  mustTravel(): void {
    if (this.#transit !== null) return;
    throw new IpcError(
      'EBADBODY',
      'a right goes into a message as copy(right) or move(right), so that it is clear who keeps it',
    );
  }

  /** @internal The message left: the right travels in it. */
  consume(): T {
    const target = this.depart('send');
    target.departed();
    return target;
  }

  /** @internal The message did not leave: a moved right is its old handle's again, any other was made for nothing. */
  restore(): void {
    if (this.#transit === null) return;
    const { source } = this.#transit;
    const target = this.#current();
    if (source === undefined || target === null) return this.deallocate();
    source.#target = target;
    target.stayed?.();
    this.task.leaks.watch(source, target.label);
    return this.#forget();
  }

  /** @internal */
  disown(): void {
    if (this.#transit !== null) this.#transit = {};
  }

  /** @internal It arrived without leaving the task: an ordinary handle from now on. */
  arrive(): void {
    this.#transit = null;
  }

  /** Has `fn` run by what `watch` looks at, unless this handle goes before. */
  protected whileHeld(watch: (fired: () => void) => Disposable, fn: () => void): void {
    let isOver = false;
    let end: Disposable | undefined;
    end = watch(() => {
      isOver = true;
      if (end !== undefined) this.#watches.delete(end);
      fn();
    });
    if (!isOver) this.#watches.add(end);
  }

  /** The receive right may have come or gone since. */
  #current(): T | null {
    while (this.#target !== null && this.#target.successor !== null) this.#target = this.#target.successor;
    return this.#target;
  }

  #forget(): void {
    this.#target = null;
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#watches.clear();
    this.task.leaks.unwatch(this);
  }
}
