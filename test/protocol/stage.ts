import { SharedBroker } from '../support/shared-broker.ts';
import { Kernel } from './second/kernel.ts';
import { checkIn, lookUp } from './second/names.ts';
import { Pager } from './second/pager.ts';
import { Task } from './second/task.ts';
import { MAKE_SEND, PAGE } from './second/xp.ts';

const OBJECT = 'object';

/** A shared broker, a pager of ours that serves an object there, and kernels of ours that use it. */
export class Stage implements AsyncDisposable {
  readonly broker: SharedBroker;
  readonly pager: Pager;
  readonly pagerTask: Task;
  readonly #tasks: Task[];

  private constructor(broker: SharedBroker, pagerTask: Task, pager: Pager) {
    this.broker = broker;
    this.pager = pager;
    this.pagerTask = pagerTask;
    this.#tasks = [pagerTask];
  }

  static async start(): Promise<Stage> {
    const broker = await SharedBroker.start();
    const task = await Task.attach(broker.socket, 'pager');
    const pager = await Pager.serve(task, 4 * PAGE);
    await checkIn(task, OBJECT, [MAKE_SEND, pager.port]);
    return new Stage(broker, task, pager);
  }

  async task(label: string): Promise<Task> {
    const task = await Task.attach(this.broker.socket, label);
    this.#tasks.push(task);
    return task;
  }

  async kernel(): Promise<Kernel> {
    const task = await this.task('kernel');
    return Kernel.init(task, await lookUp(task, OBJECT));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#tasks) await task.detach();
    await this.broker[Symbol.asyncDispose]();
  }
}
