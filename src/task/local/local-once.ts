import type { Code } from '../../errors.ts';
import { DISP, type Name, type RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import { RemoteOnce } from '../remote/remote-once.ts';
import type { Task } from '../task.ts';
import type { LocalPort } from './local-port.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { PortTarget } from '../rights/target.ts';

/** A send-once right made in the task that receives: exactly one message, or one send-once notification, comes of it. */
export class LocalOnce extends MsgPort implements PortTarget {
  readonly #port: LocalPort;
  successor: RemoteOnce | null = null;
  #spent = false;

  constructor(port: LocalPort) {
    super();
    this.#port = port;
    port.onces.add(this);
  }

  override put(msg: Message): Code | Easync {
    if (this.#spent) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    this.#spend();
    return this.#port.put(msg);
  }

  departSpec(): RightSpec {
    this.#port.onces.delete(this);
    return { disp: DISP.MAKE_SEND_ONCE, name: this.#port.export() };
  }

  /** The receive right leaves: this right becomes one that the kernel knows. */
  leave(task: Task, port: Name): void {
    const name = task.newName();
    task.calls.post('port_insert_right', { name, right: { disp: DISP.MAKE_SEND_ONCE, name: port } });
    this.successor = new RemoteOnce(task, name);
  }

  departed(): void {
    this.#spend();
  }

  notTaken(): void {
    this.#port.sendOnceDestroyed();
  }

  release(): void {
    if (this.#spent) return;
    this.#spend();
    this.#port.sendOnceDestroyed();
  }

  get name(): Name {
    return this.#port.name;
  }

  get isDead(): boolean {
    return this.#port.isDead;
  }

  get label(): string {
    return this.#port.label;
  }

  #spend(): void {
    this.#spent = true;
    this.#port.onces.delete(this);
  }
}
