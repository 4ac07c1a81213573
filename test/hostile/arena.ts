import { expect } from 'vitest';
import { DriverPort, type Handler } from '../../src/driver/driver-port.ts';
import type { Name } from '../../src/kernel/index.ts';
import type { Limits } from '../../src/limits.ts';
import { doMsg } from '../../src/msgport/index.ts';
import { Call, releaseRights, type Task } from '../../src/task/index.ts';
import { type Pair, pairOf } from '../broker/pair.ts';
import { Rig } from '../broker/rig.ts';
import { until, within } from '../support/until.ts';
import { Flooder } from './flooder.ts';

/** What the bystanders' server serves. What it is given and has no use for it gives back, or fails. */
const HANDLERS = new Map<number, Handler>([
  [1, echo],
  [2, slice],
  [3, (args) => Promise.resolve(args).then(slice)],
  [4, weigh],
]);

function echo(args: unknown): unknown {
  releaseRights(args);
  return args;
}

/** Looks at all of it, however deep. */
function weigh(args: unknown): unknown {
  releaseRights(args);
  return JSON.stringify(args, (_key, value: unknown) => (typeof value === 'bigint' ? 'big' : value)).length;
}

/** Expects two numbers, and nothing else. */
function slice(args: unknown): unknown {
  const { lba, count, ...more } = args as { lba: number; count: number };
  if (!Number.isInteger(lba) || !Number.isInteger(count) || Object.keys(more).length > 0) throw new TypeError('no');
  return new Uint8Array(64).slice(lba, lba + count);
}

/** For what is under way. Reached only by a test that fails. */
const PATIENCE_MS = 5_000;

/** A broker with two bystanders, who call each other all the time that somebody else floods it. */
export class Arena implements AsyncDisposable {
  readonly rig: Rig;
  readonly bystanders: Pair;
  readonly #base: unknown;
  #calls = 0;
  #isOver = false;

  private constructor(rig: Rig, bystanders: Pair) {
    this.rig = rig;
    this.bystanders = bystanders;
    this.#base = this.counters();
  }

  static async start(limits: Partial<Limits> = {}): Promise<Arena> {
    const rig = await Rig.start(limits);
    const bystanders = await pairOf(rig);
    bystanders.port.serveTaking(new DriverPort(HANDLERS, { onOneWayError: () => undefined }));
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

  get callsMade(): number {
    return this.#calls;
  }

  /** Settles when so many more have been made, or no more will be. */
  async calls(count: number): Promise<void> {
    const enough = this.#calls + count;
    await until(() => this.#calls >= enough || this.#isOver);
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

  /** Once everything is as it was before the attack. A call that is just being made is none of the attack's. */
  async isBack(): Promise<void> {
    const base = JSON.stringify(this.#base);
    if (!(await within(PATIENCE_MS, () => JSON.stringify(this.counters()) === base))) {
      expect(this.counters()).toEqual(this.#base);
    }
  }

  /** Everything is as it was before the attack, and the bystanders go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call();
    this.#isOver = true;
    await this.isBack().catch((error: unknown) => expect.soft(error).toBeUndefined());
    this.bystanders.right.deallocate();
    await this.rig[Symbol.asyncDispose]();
  }
}
