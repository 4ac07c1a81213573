import type { Code } from '../../errors.ts';
import {
  DEAD_NAME,
  DISP,
  type Name,
  NOTIFY,
  NULL_NAME,
  type Notification,
  type RightSpec,
} from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { askNotification } from '../calls/ask-notification.ts';
import { DeathWatch } from '../rights/death-watch.ts';
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
  deaths = new DeathWatch();
  successor: SharedTarget | null = null;
  readonly #task: Task;
  #urefs = 0;
  #handles = 0;
  #dead = false;
  readonly #onSendPossible = new Set<() => void>();
  /** What the kernel has been asked to tell of the name: there is one request for each, and send-possible tells of death too. */
  #asked: number | null = null;

  constructor(task: Task, name: Name) {
    super();
    this.#task = task;
    this.name = name;
    this.#dead = name === NULL_NAME || name === DEAD_NAME;
  }

  /** The shim of a port whose receive right is about to leave this task: with a send right of its own. */
  static ofOwn(task: Task, name: Name): RemotePort {
    const right = { disp: DISP.MAKE_SEND, name };
    task.calls.post('port_insert_right', { name, right });
    const remote = new RemotePort(task, name);
    remote.#urefs = 1;
    return remote;
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

  /** Handles that stood on the port itself. */
  takeOver(handles: number, deaths: DeathWatch): void {
    this.#task.remotes.set(this.name, this);
    this.successor = null;
    this.#handles = handles;
    this.deaths = deaths;
    this.#ask();
  }

  /** The receive right has come: its handles stand on `port` from now on. Answers how many they are. */
  handOver(port: SharedTarget): number {
    this.#task.remotes.delete(this.name);
    this.successor = port;
    const handles = this.#handles;
    this.#handles = 0;
    this.#sendPossible();
    return handles;
  }

  retain(): void {
    this.#handles += 1;
  }

  release(): void {
    this.#handles -= 1;
    if (this.#handles === 0 && this.#task.remotes.get(this.name) === this) this.#task.remotes.delete(this.name);
    // Handles made by copy() share the references that came.
    this.#dropReferences(this.#handles);
  }

  /** Nothing goes this way any more. */
  giveUp(): void {
    this.#dropReferences(0);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  onDead(fn: () => void): Disposable {
    if (this.#dead) {
      // Not among those that wait: the port may have had another stand-in here, which the kernel tells, too.
      fn();
      return { [Symbol.dispose]() {} };
    }
    const watch = this.deaths.add(fn);
    this.#ask();
    return watch;
  }

  onSendPossible(fn: () => void): Disposable {
    this.#onSendPossible.add(fn);
    if (this.#dead) this.#sendPossible();
    this.#ask();
    return { [Symbol.dispose]: () => void this.#onSendPossible.delete(fn) };
  }

  /** The port has died: known from a notification, or because the link to the broker is gone. */
  died(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.deaths.died();
    this.#sendPossible();
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

  get label(): string {
    return `send right ${this.name}`;
  }

  #dropReferences(keep: number): void {
    if (this.name === NULL_NAME || this.name === DEAD_NAME) return;
    // Not mod_refs: the right may be a dead name by now.
    for (; this.#urefs > keep; this.#urefs -= 1) this.#task.calls.post('port_deallocate', { name: this.name });
  }

  #ask(): void {
    const variant = this.#onSendPossible.size > 0 ? NOTIFY.SEND_POSSIBLE : NOTIFY.DEAD_NAME;
    if (this.#dead || this.#asked === variant || this.#asked === NOTIFY.SEND_POSSIBLE) return;
    if (this.#onSendPossible.size === 0 && this.deaths.isEmpty) return;
    this.#asked = variant;
    askNotification(this.#task, this.name, { variant, sync: 1 }, (notification) => this.#notified(notification));
  }

  #notified({ id }: Notification): void {
    if (id === NOTIFY.DEAD_NAME) {
      // The notification brought a user reference of its own (mach.md §10), here perhaps after our last release.
      this.#task.calls.post('port_deallocate', { name: this.name });
      return this.died();
    }
    if (id !== NOTIFY.SEND_POSSIBLE) return undefined;
    this.#asked = null;
    this.#sendPossible();
    return this.#ask();
  }

  /** Or as good as: a send to a dead port does not wait either. */
  #sendPossible(): void {
    const waiting = [...this.#onSendPossible];
    this.#onSendPossible.clear();
    for (const fn of waiting) runUserCode(fn);
  }
}
