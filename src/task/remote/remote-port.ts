import type { Code } from '../../errors.ts';
import { DEAD_NAME, DISP, type Name, NOTIFY, NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { SharedTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { runUserCode } from '../user-code.ts';

/**
 * The shim: the local representative of a port in another task. Its agent frames the message for the broker and answers
 * `EASYNC`. One per name; every handle on the name shares it, and it holds the name's user references until the last goes.
 */
export class RemotePort extends MsgPort implements SharedTarget {
  readonly name: Name;
  readonly #task: Task;
  #urefs = 0;
  #handles = 0;
  #dead = false;
  #watched = false;
  readonly #onDead = new Set<() => void>();

  constructor(task: Task, name: Name) {
    super();
    this.#task = task;
    this.name = name;
    this.#dead = name === NULL_NAME || name === DEAD_NAME;
  }

  override put(msg: Message): Code | Easync {
    if (this.#dead) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    return this.#task.shim.send({ disp: DISP.COPY_SEND, name: this.name }, msg);
  }

  /** A message brought one more user reference of the name. */
  arrived(): void {
    this.#handles += 1;
    this.#urefs += 1;
  }

  retain(): void {
    this.#handles += 1;
  }

  release(): void {
    this.#handles -= 1;
    if (this.name === NULL_NAME || this.name === DEAD_NAME) return;
    if (this.#handles === 0) this.#task.remotes.delete(this.name);
    // Handles made by copy() share the references that came. Not mod_refs: the right may be a dead name by now.
    for (; this.#urefs > this.#handles; this.#urefs -= 1) this.#task.traps.post('port_deallocate', { name: this.name });
  }

  get isDead(): boolean {
    return this.#dead;
  }

  onDead(fn: () => void): Disposable {
    if (this.#dead) fn();
    else {
      this.#onDead.add(fn);
      this.#watch();
    }
    return { [Symbol.dispose]: () => void this.#onDead.delete(fn) };
  }

  /** The port has died: known from a notification, or because the link to the broker is gone. */
  died(): void {
    if (this.#dead) return;
    this.#dead = true;
    const waiting = [...this.#onDead];
    this.#onDead.clear();
    for (const fn of waiting) runUserCode(fn);
  }

  /** A move is a copy, then a release: the kernel sees the new holder before the old one goes. */
  departSpec(): RightSpec {
    return { disp: DISP.COPY_SEND, name: this.name };
  }

  departed(): void {
    this.release();
  }

  /** The copy was not made, and a move has given back its own. */
  notTaken(): void {}

  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#task.requestNotification(this.name, NOTIFY.DEAD_NAME, 1, (notification) => {
      if (notification.id !== NOTIFY.DEAD_NAME) return;
      // The notification brought a user reference of its own (mach.md §10), here perhaps after our last release.
      this.#task.traps.post('port_deallocate', { name: this.name });
      this.died();
    });
  }

  get label(): string {
    return `send right ${this.name}`;
  }
}
