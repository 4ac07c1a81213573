import { Call, doMsg, make, type ReceiveRight, type SendRight, type System, type Task } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { expect } from 'vitest';

/** Two tasks of one simulated broker, each with a mailbox that the other can send to. */
export class TwoTasks implements AsyncDisposable {
  readonly sim: Simulation;
  readonly a: Task;
  readonly b: Task;
  readonly #systems: System[];
  readonly #mailboxes: ReceiveRight[] = [];
  readonly #to = new Map<Task, SendRight>();
  /** What each had at first. */
  readonly #base = new Map<Task, string>();

  private constructor(sim: Simulation, a: System, b: System) {
    this.sim = sim;
    this.a = a.task;
    this.b = b.task;
    this.#systems = [a, b];
  }

  static async start(options: Parameters<typeof simulate>[1] = {}): Promise<TwoTasks> {
    const sim = await simulate(1, options);
    const [a, b] = [await sim.settle(sim.attach('a')), await sim.settle(sim.attach('b'))];
    const pair = new TwoTasks(sim, a, b);
    for (const system of [a, b]) await pair.#openMailbox(system);
    await sim.run();
    for (const { task } of [a, b]) pair.#base.set(task, pair.#inventory(task));
    await pair.#lookUp(a, b.task);
    await pair.#lookUp(b, a.task);
    return pair;
  }

  /** Sends `body` from one task to the other; answers what arrives. */
  async pass<T>(to: Task, body: T): Promise<T> {
    const mailbox = this.#mailboxes.find(({ task }) => task === to);
    const right = this.#to.get(to);
    if (mailbox === undefined || right === undefined) throw new TypeError('this task is none of the two');
    expect(await this.sim.settle(doMsg(right, oneWay(body)))).toBe(0);
    return (await this.sim.settle(mailbox.receive())).body as T;
  }

  systemOf(task: Task): System {
    const found = this.#systems.find((system) => system.task === task);
    if (found === undefined) throw new TypeError('this task is none of the two');
    return found;
  }

  /** As kill -9 does. */
  kill(task: Task): void {
    this.#base.delete(task);
    this.sim.kill(this.systemOf(task));
  }

  /** What is left over in a living task fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const right of this.#to.values()) right.deallocate();
    await this.sim.run();
    for (const [task, base] of this.#base) expect.soft(this.#inventory(task), 'left behind by the test').toBe(base);
    await this.sim[Symbol.asyncDispose]();
  }

  async #openMailbox({ task, names }: System): Promise<void> {
    const mailbox = task.allocate({ label: 'mailbox', qlimit: 100 });
    this.#mailboxes.push(mailbox);
    await this.sim.settle(names.register({ name: mailboxOf(task), port: make.send(mailbox) }));
  }

  async #lookUp({ names }: System, owner: Task): Promise<void> {
    this.#to.set(owner, (await this.sim.settle(names.lookUp({ name: mailboxOf(owner) }))).port);
  }

  #inventory(task: Task): string {
    const own = this.sim.ports().filter((port) => port.task === task.welcome.task);
    const names = own.map(({ rights, refs }) => `${rights.join('+')} ×${refs}`).sort();
    const { pending, serving, ports, remotes, departures, repliesOut } = task;
    return `${names.join(', ')}; ${[pending, serving, ports, remotes, departures, repliesOut].map(({ size }) => size).join()}`;
  }
}

export function oneWay(body: unknown): Call {
  const call = new Call(1, body);
  call.oneWay = true;
  return call;
}

function mailboxOf(task: Task): string {
  return `mailbox of task ${task.welcome.task}`;
}
