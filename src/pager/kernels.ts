import { type ErrorCode, IpcError } from '../errors.ts';
import { askXp, ReceiveRight, SendRight, sendXp, serveXp } from '../task/index.ts';
import type { KernelXpKind, PagerXpKind, Xp } from '../wire/index.ts';
import { XP_MESSAGES } from '../wire/index.ts';

/** One kernel's life with the object, from its `init` on: what it is spoken to by. */
export type KernelPort = {
  readonly id: number;
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
  readonly #known = new Map<string, Known>();
  readonly #ports = new Set<ReceiveRight>();
  #lastId = 0;

  constructor(listener: KernelListener) {
    this.#listener = listener;
  }

  /** Hears what comes on this port: one for each broker that the pager is attached to. */
  listen(port: ReceiveRight): void {
    this.#ports.add(port);
    const closing = port.task.onClosed(() => {
      for (const known of this.#known.values()) if (known.control.task === port.task) this.#died(known);
    });
    this.#closers.push(closing);
    serveXp(port, ({ message, rights }) => {
      if (XP_MESSAGES[message.kind].from === 'kernel') this.#heard(message as Xp<KernelXpKind>, rights);
      else release(rights);
    });
  }

  /** A kernel that has made itself known elsewhere, by `create` to the default pager's port. */
  introduce(control: SendRight, message: Xp<'memory_object_create'>): void {
    const known = this.#add(control);
    if (known !== null) this.#listener.message(known, message);
  }

  /** The ports are destroyed: to the kernels the pager of the object is dead. */
  [Symbol.dispose](): void {
    for (const closing of this.#closers) closing[Symbol.dispose]();
    for (const port of this.#ports) port.destroy();
    for (const { control } of this.#known.values()) control.deallocate();
    this.#known.clear();
  }

  readonly #closers: Disposable[] = [];

  #heard(message: Xp<KernelXpKind>, rights: readonly Disposable[]): void {
    if (message.kind === 'memory_object_change_completed') return this.#listener.message(null, message);
    if (message.kind === 'memory_object_terminate') return this.#terminated(message, rights);
    const [first, ...others] = rights;
    if (!(first instanceof SendRight)) return release(rights);
    if (message.kind === 'memory_object_init') {
      release(others);
      const known = this.#known.get(keyOf(first)) ?? this.#add(first);
      if (known === null) return;
      if (known.control !== first) first.deallocate();
      return this.#listener.message(known, message);
    }
    const known = this.#known.get(keyOf(first));
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
    const known = control instanceof ReceiveRight ? this.#known.get(keyOf(control)) : undefined;
    if (known !== undefined) {
      this.#forget(known);
      this.#listener.message(known, message);
    }
    release(rights);
  }

  #add(control: SendRight): Known | null {
    if (control.isDead) {
      control.deallocate();
      return null;
    }
    this.#lastId += 1;
    const known = new Known(this.#lastId, control);
    this.#known.set(known.key, known);
    control.onDead(() => this.#died(known));
    return known;
  }

  #died(known: Known): void {
    if (this.#known.get(known.key) !== known) return;
    this.#forget(known);
    this.#listener.died(known);
  }

  #forget(known: Known): void {
    this.#known.delete(known.key);
    known.control.deallocate();
  }
}

class Known implements KernelPort {
  readonly id: number;
  readonly control: SendRight;
  readonly key: string;

  constructor(id: number, control: SendRight) {
    this.id = id;
    this.control = control;
    this.key = keyOf(control);
  }

  send(message: Xp<PagerXpKind>, onRefused?: (code: ErrorCode) => void): void {
    if (this.control.isReleased) onRefused?.('MACH_SEND_INVALID_DEST');
    else sendXp(this.control, message, [], onRefused);
  }

  attributes(): Promise<Xp<'memory_object_attributes'>> {
    if (!this.control.isReleased) return askXp(this.control, { kind: 'memory_object_get_attributes' });
    const text = 'get_attributes: the kernel has terminated the object, or has gone';
    return Promise.reject(new IpcError('MACH_SEND_INVALID_DEST', text, { op: 'get_attributes' }));
  }
}

/** Rights to one port have one name in a task; a pager may be a task of several brokers. */
function keyOf({ task, name }: SendRight | ReceiveRight): string {
  return `${numberOf(task)}:${name}`;
}

const TASKS = new WeakMap<object, number>();
let lastTask = 0;

function numberOf(task: object): number {
  const known = TASKS.get(task);
  if (known !== undefined) return known;
  lastTask += 1;
  TASKS.set(task, lastTask);
  return lastTask;
}

function release(rights: readonly Disposable[]): void {
  for (const right of rights) right[Symbol.dispose]();
}
