import { simulatedHost, type SimulatedHost } from '../../../src/host/simulated.ts';
import type { Host } from '../../../src/host/host.ts';
import { PagedObject } from '../../../src/pager/paged-object.ts';
import type { FutexPolicy, Store } from '../../../src/pager/store-api.ts';
import type { Task } from '../../../src/task/index.ts';
import { Rig } from '../../broker/rig.ts';
import { HandKernel } from '../hand-kernel.ts';

const PAGE = 4096;

/** An object of two pages that a pager serves on two brokers, and on each a kernel that is played by hand. Its clock is the test's. */
export class Stage implements AsyncDisposable {
  readonly host: SimulatedHost = simulatedHost(1);
  /** Timers of the object that have not ended. */
  readonly timers = new Set<object>();
  readonly warnings: string[] = [];
  readonly object: PagedObject;
  readonly #rigs: Rig[] = [];
  readonly #pagers = new Map<Rig, Task>();
  readonly #kernels: HandKernel[] = [];

  private constructor(futexes: FutexPolicy, write: NonNullable<Store['write']>) {
    const warn = (text: string): void => void this.warnings.push(text);
    const store: Store = { size: 2 * PAGE, read: (_offset, length) => new Uint8Array(length), write, futexes };
    this.object = new PagedObject(store, 'board', { warn, host: { ...this.host, timer: this.#timer } });
  }

  readonly #timer: Host['timer'] = (ms, fn, options) => {
    const end = (): void => void this.timers.delete(timer);
    const timer = this.host.timer(ms, () => (end(), fn()), options);
    this.timers.add(timer);
    return { [Symbol.dispose]: () => (end(), timer[Symbol.dispose]()) };
  };

  static async start(
    futexes: FutexPolicy = {},
    write: NonNullable<Store['write']> = () => undefined,
  ): Promise<{ stage: Stage; west: HandKernel; east: HandKernel }> {
    const stage = new Stage(futexes, write);
    for (let broker = 0; broker < 2; broker += 1) {
      const rig = await Rig.start();
      stage.#rigs.push(rig);
      stage.#pagers.set(rig, await rig.task('pager'));
    }
    return { stage, west: await stage.kernel(0), east: await stage.kernel(1) };
  }

  /** One more on this broker; it has said `init`, and heard `ready`. */
  async kernel(broker: 0 | 1): Promise<HandKernel> {
    const kernel = await this.stranger(broker, PAGE);
    await kernel.next('memory_object_ready');
    return kernel;
  }

  async stranger(broker: 0 | 1, pageSize: number): Promise<HandKernel> {
    const rig = this.#rigs[broker];
    const pager = rig && this.#pagers.get(rig);
    if (rig === undefined || pager === undefined) throw new TypeError('there are two brokers');
    using right = this.object.right(pager);
    const kernel = await HandKernel.start(rig, pager, right, pageSize);
    this.#kernels.push(kernel);
    return kernel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { task } of this.#kernels) await task.dispose();
    await this.object.close();
    for (const pager of this.#pagers.values()) await pager.dispose();
    for (const rig of this.#rigs) await rig[Symbol.asyncDispose]();
  }
}
