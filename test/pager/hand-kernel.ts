import { DISP } from '../../src/kernel/index.ts';
import { make, move, type ReceiveRight, SendRight, sendXp, serveXp, type Task } from '../../src/task/index.ts';
import type { KernelXpKind, PagerXpKind, Xp } from '../../src/wire/index.ts';
import type { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

/** A kernel played by hand: a task with a right to the object, and a control port of its own. */
export class HandKernel {
  readonly task: Task;
  readonly control: ReceiveRight;
  readonly #object: SendRight;
  readonly #name: ReceiveRight;
  readonly #inbox: Xp<PagerXpKind>[] = [];

  private constructor(task: Task, object: SendRight) {
    this.task = task;
    this.#object = object;
    this.control = task.allocate({ label: 'control' });
    this.#name = task.allocate({ label: 'name' });
    serveXp(this.control, ({ message }) => void this.#inbox.push(message as Xp<PagerXpKind>));
  }

  /** `right`: the object's, in the pager's task on this broker. */
  static async start(rig: Rig, pager: Task, right: SendRight, pageSize = 4096): Promise<HandKernel> {
    const { name } = right;
    await pager.calls.call('port_type', { name });
    rig.grants = { bootstrap: { from: pager.welcome.task, right: { disp: DISP.MAKE_SEND, name } } };
    const task = await rig.task('kernel');
    const object = task.arrive({ disp: DISP.MOVE_SEND, name: task.welcome.bootstrap });
    if (!(object instanceof SendRight)) throw new TypeError('a send right was granted');
    const kernel = new HandKernel(task, object);
    const rights = [make.send(kernel.control), make.send(kernel.#name)];
    sendXp(object, { kind: 'memory_object_init', pageSize }, rights);
    return kernel;
  }

  /** Any that has the control port with it, and nothing else. */
  say(message: Xp<KernelXpKind>): void {
    sendXp(this.#object, message, [make.send(this.control)]);
  }

  lock(reqId: number, offset = 0): void {
    this.say({ kind: 'memory_object_lock_futex', reqId, offset, flags: 0 });
  }

  released(gen: number, { offset = 0, state = 0 } = {}): void {
    this.say({ kind: 'memory_object_futex_released', offset, gen, state });
  }

  terminate(): void {
    sendXp(this.#object, { kind: 'memory_object_terminate' }, [move(this.control), move(this.#name)]);
  }

  /** The next thing that the pager says: it must be this. */
  async next<K extends PagerXpKind>(kind: K): Promise<Xp<K>> {
    await until(() => this.#inbox.length > 0);
    const message = this.#inbox.shift();
    if (message?.kind !== kind) throw new Error(`${kind} was to come next, and ${message?.kind} did`);
    return message as Xp<K>;
  }

  /** Nothing else has come. */
  get isQuiet(): boolean {
    return this.#inbox.length === 0;
  }
}
