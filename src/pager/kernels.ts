import { type ErrorCode, IpcError } from '../errors.ts';
import { askXp, type Name, ReceiveRight, SendRight, sendXp, serveXp, type Task } from '../task/index.ts';
import type { KernelXpKind, PagerXpKind, Xp } from '../wire/index.ts';
import { XP_MESSAGES } from '../wire/index.ts';

/** One kernel's life with the object, from its `init` on: what it is spoken to by. */
export type KernelPort = {
  readonly id: number;
  /** Of what it said in `init` or `create`. */
  readonly pageSize: number;
  send(message: Xp<PagerXpKind>, onRefused?: (code: ErrorCode) => void): void;
  attributes(): Promise<Xp<'memory_object_attributes'>>;
};

export type KernelListener = {
  /** In the order in which they came. `kernel` is null for `change_completed`, which does not say whose it is. */
  message(kernel: KernelPort | null, message: Xp<KernelXpKind>): void;
  /** It died; all that it sent has been heard. After `terminate` this does not come. */
  died(kernel: KernelPort): void;
  /** The port of a copy's own object (`memory_object_copy`). Without this it is refused. */
  copied?(kernel: KernelPort, newObject: ReceiveRight): void;
};

/** Tells the kernels apart that speak on the ports of one object, by their control ports. */
export class Kernels implements Disposable {
  readonly #listener: KernelListener;
  /** By the task that heard of it, and that task's name for its control port: rights to one port have one name in a task. */
  readonly #known = new Map<Task, Map<Name, Known>>();
  readonly #ports = new Set<ReceiveRight>();
  readonly #closers: Disposable[] = [];
  #lastId = 0;

  constructor(listener: KernelListener) {
    this.#listener = listener;
  }

  /** Hears what comes on this port: one for each broker that the pager is attached to. */
  listen(port: ReceiveRight): void {
    this.#ports.add(port);
    const closing = port.task.onClosed(() => {
      for (const known of this.#known.get(port.task)?.values() ?? []) this.#died(known);
      this.#known.delete(port.task);
    });
    this.#closers.push(closing);
    serveXp(port, ({ message, rights }) => {
      if (XP_MESSAGES[message.kind].from === 'kernel') this.#heard(message as Xp<KernelXpKind>, rights);
      else release(rights);
    });
  }

  /** A kernel that has made itself known elsewhere, by `create` to the default pager's port. */
  introduce(control: SendRight, message: Xp<'memory_object_create'>): void {
    const known = this.#add(control, message.pageSize);
    if (known !== null) this.#listener.message(known, message);
  }

  /** The ports are destroyed: to the kernels the pager of the object is dead. */
  [Symbol.dispose](): void {
    for (const closing of this.#closers) closing[Symbol.dispose]();
    for (const port of this.#ports) port.destroy();
    for (const known of this.#known.values()) for (const { control } of known.values()) control.deallocate();
    this.#known.clear();
  }

  #heard(message: Xp<KernelXpKind>, rights: readonly Disposable[]): void {
    if (message.kind === 'memory_object_change_completed') return this.#listener.message(null, message);
    if (message.kind === 'memory_object_terminate') return this.#terminated(message, rights);
    const [first, ...others] = rights;
    if (!(first instanceof SendRight)) return release(rights);
    if (message.kind === 'memory_object_init') {
      release(others);
      const known = this.#find(first) ?? this.#add(first, message.pageSize);
      if (known === null) return;
      if (known.control !== first) first.deallocate();
      return this.#listener.message(known, message);
    }
    const known = this.#find(first);
    first.deallocate();
    const [newObject] = others;
    if (known === undefined) release(others);
    else if (newObject instanceof ReceiveRight && this.#listener.copied !== undefined) {
      this.#listener.message(known, message);
      this.#listener.copied(known, newObject);
    } else {
      release(others);
      this.#listener.message(known, message);
    }
  }

  #terminated(message: Xp<'memory_object_terminate'>, rights: readonly Disposable[]): void {
    const [control] = rights;
    const known = control instanceof ReceiveRight ? this.#find(control) : undefined;
    if (known !== undefined) {
      this.#forget(known);
      this.#listener.message(known, message);
    }
    release(rights);
  }

  #find(right: SendRight | ReceiveRight): Known | undefined {
    const known = this.#known.get(right.task);
    if (right instanceof ReceiveRight || !right.isDead) return known?.get(right.name);
    // A message that waited while its sender died has the right to a dead port, which has no name of its own any more.
    const [dying, ...others] = [...(known?.values() ?? [])].filter(({ control }) => control.isDead);
    return others.length === 0 ? dying : undefined;
  }

  #add(control: SendRight, pageSize: number): Known | null {
    if (control.isDead) {
      control.deallocate();
      return null;
    }
    this.#lastId += 1;
    const known = new Known(this.#lastId, control, pageSize);
    const there = this.#known.get(control.task) ?? new Map<Name, Known>();
    this.#known.set(control.task, there.set(known.name, known));
    control.onDead(() => void this.#dying(known));
    return known;
  }

  /** What it sent before may still wait in a queue; it is heard first (R0.6). */
  async #dying(known: Known): Promise<void> {
    for (const port of this.#ports) {
      if (port.task === known.control.task) while (!port.isDestroyed && (await port.hasMessages()));
    }
    this.#died(known);
  }

  #died(known: Known): void {
    if (this.#known.get(known.control.task)?.get(known.name) !== known) return;
    this.#forget(known);
    this.#listener.died(known);
  }

  #forget(known: Known): void {
    this.#known.get(known.control.task)?.delete(known.name);
    known.control.deallocate();
  }
}

class Known implements KernelPort {
  readonly id: number;
  readonly pageSize: number;
  readonly control: SendRight;
  readonly name: Name;

  constructor(id: number, control: SendRight, pageSize: number) {
    this.id = id;
    this.pageSize = pageSize;
    this.control = control;
    this.name = control.name;
  }

  send(message: Xp<PagerXpKind>, onRefused?: (code: ErrorCode) => void): void {
    if (this.control.isReleased) onRefused?.('MACH_SEND_INVALID_DEST');
    else sendXp(this.control, message, [], (code) => void (code !== 0 && onRefused?.(code)));
  }

  attributes(): Promise<Xp<'memory_object_attributes'>> {
    if (!this.control.isReleased) return askXp(this.control, { kind: 'memory_object_get_attributes' });
    const text = 'get_attributes: the kernel has terminated the object, or has gone';
    return Promise.reject(new IpcError('MACH_SEND_INVALID_DEST', text, { op: 'get_attributes' }));
  }
}

function release(rights: readonly Disposable[]): void {
  for (const right of rights) right[Symbol.dispose]();
}
