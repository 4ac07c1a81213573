import { expect } from 'vitest';
import type { Name } from '../../src/kernel/index.ts';
import type { Limits } from '../../src/limits.ts';
import { doMsg } from '../../src/msgport/index.ts';
import { Call, type Task } from '../../src/task/index.ts';
import { type Pair, pairOf } from '../broker/pair.ts';
import { Rig } from '../broker/rig.ts';
import { within } from '../support/until.ts';
import { Flooder } from './flooder.ts';

/** For what is under way. Reached only by a test that fails. */
const PATIENCE_MS = 5_000;

/** A broker with two bystanders, who call each other all the time that somebody else floods it. */
export class Arena implements AsyncDisposable {
  readonly rig: Rig;
  readonly bystanders: Pair;
  readonly #base: unknown;
  #calls = 0;

  private constructor(rig: Rig, bystanders: Pair) {
    this.rig = rig;
    this.bystanders = bystanders;
    this.#base = this.counters();
  }

  static async start(limits: Partial<Limits> = {}): Promise<Arena> {
    const rig = await Rig.start(limits);
    const bystanders = await pairOf(rig, (msg) => {
      msg.result = msg.body;
      return 0;
    });
    for (const task of [bystanders.client, bystanders.server]) await task.calls.call('port_names', {});
    return new Arena(rig, bystanders);
  }

  /** Runs the attack, and calls from bystander to bystander meanwhile. Each has to be answered, and some have to be in time. */
  async during<T>(attack: () => Promise<T>): Promise<T> {
    let isOver = false;
    const before = this.#calls;
    const calls = (async () => {
      while (!isOver) await this.call();
    })();
    try {
      return await attack();
    } finally {
      isOver = true;
      await calls;
      expect(this.#calls).toBeGreaterThan(before);
    }
  }

  /** One call from bystander to bystander. */
  async call(): Promise<void> {
    const call = new Call(1, 'still there?');
    expect(await doMsg(this.bystanders.right, call)).toBe(0);
    expect(call.result).toBe('still there?');
    this.#calls += 1;
  }

  get calls(): number {
    return this.#calls;
  }

  /** A task that writes its frames by hand, with duties to the bystanders that it has to be able to do. */
  flooder(): Promise<Flooder> {
    return Flooder.attach(this);
  }

  /** Another name for a right of the bystanders' server, in the space of `task`. */
  grant(task: number, disp: number, name: Name): Promise<Name> {
    return this.grantFrom(this.bystanders.server, task, disp, name);
  }

  async grantFrom(giver: Task, task: number, disp: number, name: Name): Promise<Name> {
    // The kernel knows the port once it has answered what came after it.
    await giver.calls.call('port_type', { name });
    const granted = this.rig.broker.kernel.grant(giver.welcome.task, { disp, name }, task);
    if (granted.code !== 0) throw new Error(`grant: ${granted.code}`);
    return granted.name ?? 0;
  }

  /** What every task has and is charged for, and what every port holds. */
  counters(): unknown {
    const { tasks, ports } = this.rig.broker.kernel.inspect();
    return {
      tasks: tasks.map(({ taskPort: _taskPort, names, ...task }) => ({ ...task, names: names.length })),
      ports: ports.map(({ seqno: _seqno, mscount: _mscount, oldest: _oldest, ...port }) => port),
    };
  }

  /** Everything is as it was before the attack, and the bystanders go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call();
    const base = JSON.stringify(this.#base);
    if (!(await within(PATIENCE_MS, () => JSON.stringify(this.counters()) === base))) {
      expect.soft(this.counters()).toEqual(this.#base);
    }
    this.bystanders.right.deallocate();
    await this.rig[Symbol.asyncDispose]();
  }
}
