import { Memory } from '../../../src/broker/memory/memory.ts';
import type { Limits } from '../../../src/limits.ts';
import { make, type ReceiveRight, type Task } from '../../../src/task/index.ts';
import { Rig } from '../rig.ts';

/** A rig whose broker has memory. Its tasks end with it. */
export class MemoryRig implements AsyncDisposable {
  readonly rig: Rig;
  readonly memory: Memory;
  /** The broker's, which has the control ports. */
  readonly own: Task;
  readonly #tasks: Task[] = [];

  private constructor(rig: Rig, own: Task) {
    this.rig = rig;
    this.own = own;
    this.memory = new Memory(rig.broker, own);
    rig.broker.memory = this.memory;
  }

  static async start(limits: Partial<Limits> = {}): Promise<MemoryRig> {
    const rig = await Rig.start(limits);
    return new MemoryRig(rig, await rig.task('broker'));
  }

  async task(label: string): Promise<Task> {
    const task = await this.rig.task(label);
    this.#tasks.push(task);
    return task;
  }

  /** A right to this port becomes the broker's default pager. */
  async setDefaultPager(port: ReceiveRight): Promise<void> {
    const right = make.send(port);
    const spec = right.departSpec();
    right.consume();
    await port.task.calls.call('port_names', {});
    const taken = this.memory.take(port.task.welcome.task, spec);
    if ('code' in taken) throw new TypeError(taken.code);
    this.memory.setDefaultPager(taken.right);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#tasks) if (!task.isClosed) await task.dispose();
    await this.own.dispose();
    await this.rig[Symbol.asyncDispose]();
  }
}
