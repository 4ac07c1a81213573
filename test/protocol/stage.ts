import type { SharedBroker } from '../support/shared-broker.ts';
import { Kernel } from './second/kernel.ts';
import { checkIn, lookUp } from './second/names.ts';
import { Pager } from './second/pager.ts';
import { Task } from './second/task.ts';
import { MAKE_SEND, PAGE, XP } from './second/xp.ts';

let stages = 0;

/** A pager of ours that serves an object at a broker, and kernels of ours that use it. */
export class Stage implements AsyncDisposable {
  /** The object's name. */
  readonly name: string;
  readonly pager: Pager;
  readonly pagerTask: Task;
  readonly #socket: string;
  /** The pager's, and those of kernels and tasks in the order in which they came. */
  readonly tasks: Task[];

  private constructor(socket: string, name: string, pagerTask: Task, pager: Pager) {
    this.#socket = socket;
    this.name = name;
    this.pagerTask = pagerTask;
    this.pager = pager;
    this.tasks = [pagerTask];
  }

  static async start({ socket }: SharedBroker): Promise<Stage> {
    stages += 1;
    const name = `object ${stages}`;
    const task = await Task.attach(socket, 'pager');
    const pager = await Pager.serve(task, 4 * PAGE);
    await checkIn(task, name, [MAKE_SEND, pager.port]);
    return new Stage(socket, name, task, pager);
  }

  /** What the pager has heard about futexes. */
  get futexes(): string[] {
    const names = Object.entries(XP).filter(([name]) => name.includes('futex'));
    return this.pager.heard.flatMap((number) => names.filter(([, one]) => one === number).map(([name]) => name));
  }

  async task(label: string): Promise<Task> {
    const task = await Task.attach(this.#socket, label);
    this.tasks.push(task);
    return task;
  }

  async kernel(): Promise<Kernel> {
    const task = await this.task('kernel');
    return Kernel.init(task, await lookUp(task, this.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.tasks) await task.detach();
  }
}
