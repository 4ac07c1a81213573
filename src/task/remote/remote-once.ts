import type { Code } from '../../errors.ts';
import { DEAD_NAME, DISP, type Name, NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { PortTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';

/** The shim of a send-once right that arrived in a message: its name is gone after one message. */
export class RemoteOnce extends MsgPort implements PortTarget {
  readonly successor = null;
  readonly #task: Task;
  #name: Name;
  #left: Name = NULL_NAME;

  constructor(task: Task, name: Name) {
    super();
    this.#task = task;
    this.#name = name;
  }

  override put(msg: Message): Code | Easync {
    if (this.isDead) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    return this.#task.shim.send(this.departSpec(), msg, this);
  }

  departSpec(): RightSpec {
    return { disp: DISP.MOVE_SEND_ONCE, name: this.#name };
  }

  departed(): void {
    this.#left = this.#name;
    this.#name = NULL_NAME;
  }

  notTaken(): void {
    this.#task.calls.post('port_deallocate', { name: this.#left });
  }

  release(): void {
    if (this.isDead) return;
    this.#task.calls.post('port_deallocate', { name: this.#name });
    this.#name = NULL_NAME;
  }

  get name(): Name {
    return this.#name;
  }

  get isDead(): boolean {
    return this.#name === NULL_NAME || this.#name === DEAD_NAME;
  }

  get label(): string {
    return `send-once right ${this.#name}`;
  }
}
