import {
  make,
  move,
  type ReceiveRight,
  SendRight,
  sendXp,
  serveXp,
  type Task,
  type XpArrival,
  type XpPort,
} from '../../task/index.ts';
import type { Code } from '../../errors.ts';
import { MAX_QLIMIT } from '../../kernel/index.ts';
import type { Xp } from '../../wire/index.ts';
import { Unsent } from './unsent.ts';

type Heard = {
  /** Whether a message would have to wait: then it waits in the control port. */
  isBusy(): boolean;
  /** A message on the control port, in order. */
  message(arrival: XpArrival): void;
  /** Whether more waits for room in the object's port than its pager may leave waiting. */
  congested(is: boolean): void;
  /** The object's port is dead, and all that its pager sent before has been heard. */
  died(): void;
};

/** The ports by which the kernel and a pager talk about one object: the object's own, and the two that the kernel makes for it. */
export class ObjectPorts implements Disposable {
  readonly #task: Task;
  readonly #heard: Heard;
  #object: SendRight | null = null;
  #port = 0;
  #control: ReceiveRight | null = null;
  #name: ReceiveRight | null = null;
  #hearing: XpPort | null = null;
  /** The object's port is dead, and what its pager sent before waits until it can be heard. */
  #isDying = false;
  readonly #unsent = new Unsent();
  /** Of an object that the kernel has made, until a pager has it. */
  #made: ReceiveRight | null = null;

  constructor(task: Task, heard: Heard) {
    this.#task = task;
    this.#heard = heard;
  }

  /** The broker's name for the object's port; 0: it has none. */
  get port(): number {
    return this.#port;
  }

  /** A pager has the object, and this is a right to its port. */
  isAt(object: SendRight): void {
    object.arrive();
    this.#object = object;
    this.#port = object.name;
    object.onDead(() => void this.#died());
  }

  /** Makes a port for an object of the kernel's own, which `handOver` gives to a pager. Answers its name. */
  make(): number {
    this.#made = this.#task.allocate({ label: 'memory object', qlimit: MAX_QLIMIT });
    this.isAt(make.send(this.#made));
    return this.#made.name;
  }

  /** The receive right of the port that `make` made, for the message that brings it to its pager. */
  handOver(): ReceiveRight[] {
    return this.#made === null ? [] : [move(this.#made)];
  }

  /** What became of that message. Should it not get there, nobody would ever serve the object: its port dies, as if its pager had. */
  readonly handedOver = (code: Code): void => {
    const made = this.#made;
    this.#made = null;
    if (code !== 0) made?.destroy();
  };

  /** Rights to a new control port and a new name port, for an `init` or a `create`. */
  newControl(): SendRight[] {
    this.#control = this.#task.allocate({ label: 'memory control', qlimit: MAX_QLIMIT });
    this.#name = this.#task.allocate({ label: 'memory object name' });
    this.#hearing = serveXp(
      this.#control,
      (arrival) => this.#heard.message(arrival),
      () => this.#isBusy,
    );
    return [make.send(this.#control), make.send(this.#name)];
  }

  /** Hears what has waited on the control port. */
  goOn(): void {
    this.#hearing?.goOn();
    if (!this.#isDying) return;
    this.#isDying = false;
    void this.#died();
  }

  control(): SendRight[] {
    return this.#control === null ? [] : [make.send(this.#control)];
  }

  /** To the object's port. `onSent` as `sendXp`'s. */
  send(message: Xp, rights: readonly (SendRight | ReceiveRight)[], onSent?: (code: Code) => void): void {
    if (this.#object === null) return;
    const bytes = 'data' in message ? message.data.length : 0;
    if (this.#unsent.add(bytes)) this.#heard.congested(true);
    sendXp(this.#object, message, rights, (code) => {
      const hasDrained = this.#unsent.remove(bytes);
      onSent?.(code);
      if (!hasDrained) return;
      this.#heard.congested(false);
      this.goOn();
    });
  }

  /** Both ports go to the pager: nothing more is heard from it before the next `newControl`. */
  terminate(): void {
    const [control, name] = [this.#control, this.#name];
    this.#control = null;
    this.#name = null;
    if (control === null || name === null || this.#object === null) return;
    this.send({ kind: 'memory_object_terminate' }, [move(control), move(name)], (code) => {
      if (code === 0) return;
      control.destroy();
      name.destroy();
    });
  }

  [Symbol.dispose](): void {
    this.#control?.destroy();
    this.#name?.destroy();
    this.#made?.destroy();
    this.#object?.deallocate();
    this.#object = null;
  }

  /** Who does not take what he asks for is not asked what he wants next: it waits at his charge, not at ours. */
  get #isBusy(): boolean {
    return this.#heard.isBusy() || this.#unsent.isFull;
  }

  /** What was sent before may still wait in the control port's queue (pager.md R0.6). */
  async #died(): Promise<void> {
    const control = this.#control;
    while (control !== null && !control.isDestroyed && (await control.hasMessages())) {
      this.#isDying = this.#isBusy;
      if (this.#isDying) return;
    }
    if (this.#object !== null) this.#heard.died();
  }
}
