import { expect } from 'vitest';
import { DriverPort } from '../../src/driver/driver-port.ts';
import { DISP } from '../../src/kernel/index.ts';
import type { Limits } from '../../src/limits.ts';
import { beginMsg, EASYNC, waitMsg } from '../../src/msgport/index.ts';
import {
  Call,
  type CallContext,
  critical,
  deferred,
  failureOf,
  type ReceiveRight,
  SendRight,
  type Task,
} from '../../src/task/index.ts';
import { type Pair, pairOf } from '../broker/pair.ts';
import { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

/** A task that serves two ports, and another that calls them: over the links of a real broker, and all in this thread. */
export class Callers implements AsyncDisposable {
  readonly rig: Rig;
  readonly client: Task;
  readonly server: Task;
  readonly port: ReceiveRight;
  readonly right: SendRight;
  readonly otherPort: ReceiveRight;
  readonly other: SendRight;
  /** What handlers have been called with. */
  readonly log: unknown[] = [];
  onCall: (n: unknown, ctx: CallContext) => unknown = (n) => n;

  private constructor(rig: Rig, { client, server, port, right }: Pair, otherPort: ReceiveRight, other: SendRight) {
    this.rig = rig;
    this.client = client;
    this.server = server;
    this.port = port;
    this.right = right;
    this.otherPort = otherPort;
    this.other = other;
  }

  static async start(limits: Partial<Limits> = {}): Promise<Callers> {
    const rig = await Rig.start(limits);
    const pair = await pairOf(rig);
    const otherPort = pair.server.allocate({ label: 'the other port', qlimit: 100 });
    const callers = new Callers(rig, pair, otherPort, await granted(rig, pair.client, otherPort));
    for (const port of [pair.port, otherPort]) callers.serve(port);
    return callers;
  }

  serve(port: ReceiveRight): void {
    const handler = (n: unknown, ctx: CallContext): unknown => {
      this.log.push(n);
      return this.onCall(n, ctx);
    };
    port.serveTaking(new DriverPort(new Map([[1, handler]]), { onOneWayError: () => undefined }));
  }

  begin(n: unknown, right: SendRight = this.right): Call {
    const call = new Call(1, n);
    expect(beginMsg(right, call)).toBe(EASYNC);
    return call;
  }

  async call(n: unknown, right?: SendRight): Promise<unknown> {
    const call = this.begin(n, right);
    const code = await waitMsg(call);
    if (code !== 0) throw failureOf(call, code, 'the port');
    return call.result;
  }

  /** Once so many requests wait at the gate. */
  held(count: number): Promise<void> {
    return until(() => this.server.heldBack.size === count);
  }

  rightOf(task: Task, port: ReceiveRight): Promise<SendRight> {
    return granted(this.rig, task, port);
  }

  get warnings(): readonly string[] {
    return this.rig.faults;
  }

  takeWarnings(): string[] {
    return this.rig.faults.splice(0);
  }

  /** The kernel counts nothing as waiting to be taken: what was taken has been counted right. */
  async nothingQueued(): Promise<void> {
    await until(() => this.rig.broker.kernel.inspect().ports.every(({ msgcount }) => msgcount === 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const right of [this.right, this.other]) right.deallocate();
    await this.rig[Symbol.asyncDispose]();
  }
}

/** A section that has run `first`, and lasts until it is told to end. */
export function inSection(first: () => unknown = () => undefined): {
  is: (where: 'inside') => Promise<void>;
  end: () => Promise<void>;
} {
  const [inside, end] = [deferred(), deferred()];
  const over = critical(async () => {
    await first();
    inside.resolve();
    await end.promise;
  });
  return {
    is: () => inside.promise,
    async end() {
      end.resolve();
      await over;
    },
  };
}

async function granted(rig: Rig, to: Task, port: ReceiveRight): Promise<SendRight> {
  const { name } = port;
  // The kernel knows the port once it has answered what came after it.
  await port.task.calls.call('port_type', { name });
  const { name: theirs = 0 } = rig.broker.kernel.grant(
    port.task.welcome.task,
    { disp: DISP.MAKE_SEND, name },
    to.welcome.task,
  );
  const right = to.arrive({ disp: DISP.MOVE_SEND, name: theirs });
  if (right instanceof SendRight) return right;
  throw new TypeError('a send right was granted');
}
