import type { Code } from '../../errors.ts';
import { DISP, type Name, type RightSpec } from '../../kernel/types.ts';
import { type Easync, type Message, MsgPort } from '../../msgport/index.ts';
import type { LocalPort } from './local-port.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { PortTarget } from '../rights/target.ts';

/** A send-once right made in the task that receives: exactly one message, or one send-once notification, comes of it. */
export class LocalOnce extends MsgPort implements PortTarget {
  readonly #port: LocalPort;
  #spent = false;

  constructor(port: LocalPort) {
    super();
    this.#port = port;
  }

  override put(msg: Message): Code | Easync {
    if (this.#spent) {
      restoreRights(msg.body);
      return 'MACH_SEND_INVALID_DEST';
    }
    this.#spent = true;
    return this.#port.put(msg);
  }

  departSpec(): RightSpec {
    return { disp: DISP.MAKE_SEND_ONCE, name: this.#port.export() };
  }

  departed(): void {
    this.#spent = true;
  }

  notTaken(): void {
    this.#port.sendOnceDestroyed();
  }

  release(): void {
    if (this.#spent) return;
    this.#spent = true;
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
}
