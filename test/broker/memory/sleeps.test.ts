import { expect, test } from 'vitest';
import { simulatedHost } from '../../../src/host/simulated.ts';
import { DISP } from '../../../src/kernel/index.ts';
import { PagedObject } from '../../../src/pager/paged-object.ts';
import { type Region, SendRight, sendXp, serveXp, type Task } from '../../../src/task/index.ts';
import type { SleepEffect } from '../../../src/vm/index.ts';
import type { Sleeps } from '../../../src/vm/sleeps.ts';
import { until } from '../../support/until.ts';
import { MemoryRig } from './memory-rig.ts';

// Two brokers, and one pager for both: what their hosts are told about sleepers, over real ports. The queues are played by hand.

const PAGE = 4096;
const at = { offset: 8, domain: 3 };

test('who prepares on one broker is heard of on the other, and woken from there; then nobody is told any more', async () => {
  await using both = await Both.start();
  const { west, east } = both;
  expect(west.listen()).toBe('asked');
  await until(() => west.heard.length > 0);
  // The other knew of it by then.
  expect(east.heard).toEqual([{ type: 'interest', object: east.object, ...at, isOn: true }]);
  expect(west.heard).toEqual([{ type: 'listening', object: west.object, ...at, code: 0 }]);
  expect([west.listen(), west.isElsewhere, east.isElsewhere]).toEqual([0, false, true]);

  west.asleep = 2;
  expect(east.wakeup(true)).toBe(true);
  await until(() => west.asleep === 1);
  east.wakeup(false);
  await until(() => west.asleep === 0);
  east.wakeup(false);
  await until(() => !east.isElsewhere);
  expect(east.heard.at(-1)).toMatchObject({ type: 'interest', isOn: false });
});

test('a broker that comes later knows before its tasks can change anything; one that goes is not waited for', async () => {
  await using both = await Both.start();
  const { west, east } = both;
  await east.unmap();
  await until(() => !east.isThere);
  expect(west.listen()).toBe('asked');
  await until(() => west.heard.length > 0);
  // The task has written when this is over.
  await east.map();
  expect(east.isElsewhere).toBe(true);
  await west.unmap();
  await until(() => !east.isElsewhere);
  expect(west.heard.at(-1)).toEqual({ type: 'sleepsOver', object: west.object });
});

test('a pager that ends: all who sleep look for themselves', async () => {
  await using both = await Both.start();
  const { west, east } = both;
  west.listen();
  await until(() => west.heard.length > 0);
  await both.object.close();
  for (const broker of [west, east]) await until(() => broker.heard.some(({ type }) => type === 'sleepsOver'));
  expect([west.listen(), east.wakeup(false)]).toEqual(['KERN_MEMORY_ERROR', true]);
});

test('a pager in the broker itself, which answers before the broker has asked to the end', async () => {
  await using world = await MemoryRig.start();
  const port = world.own.allocate({ label: 'object', qlimit: 1024 });
  const controls: SendRight[] = [];
  serveXp(port, ({ message, rights: [first] }) => {
    if (message.kind === 'memory_object_init' && first instanceof SendRight) controls.push(first);
    else first?.deallocate();
    const [control] = controls;
    if (control === undefined) return;
    if (message.kind === 'memory_object_init')
      sendXp(control, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    if (message.kind === 'memory_object_data_request') {
      const { reqId, offset } = message;
      sendXp(control, { kind: 'memory_object_data_unavailable', reqId, offset, length: PAGE });
    }
    if (message.kind === 'memory_object_interest') {
      const { reqId, offset, domain } = message;
      sendXp(control, { kind: 'memory_object_interest_completed', reqId, offset, domain, code: 0 });
    }
  });
  const { right, task } = await userOf(world, world.own, port.name);
  const region = await task.vm.map(right, { size: PAGE });
  const ident = region.ident(at.offset);
  let woken = 0;
  await ident.enter(at.domain, () => (woken += 1));
  await ident.wakeup(at.domain, false);
  await until(() => woken === 1);
  await region.unmap();
  for (const handle of [right, ...controls]) handle.deallocate();
  port.destroy();
});

/** A task that has a send right to this port of another. */
async function userOf(world: MemoryRig, of: Task, name: number) {
  await of.calls.call('port_type', { name });
  world.rig.grants = { bootstrap: { from: of.welcome.task, right: { disp: DISP.MAKE_SEND, name } } };
  const task = await world.task('user');
  const right = task.arrive({ disp: DISP.MOVE_SEND, name: task.welcome.bootstrap });
  if (!(right instanceof SendRight)) throw new TypeError('a send right was granted');
  return { task, right };
}

/** A broker with one task, which maps the object, and a queue that is only a number. */
class Side {
  readonly rig: MemoryRig;
  readonly pager: Task;
  readonly heard: SleepEffect[] = [];
  object = 0;
  asleep = 0;
  readonly #task: Task;
  readonly #right: SendRight;
  #region: Region | null = null;

  private constructor(rig: MemoryRig, pager: Task, task: Task, right: SendRight) {
    this.rig = rig;
    this.pager = pager;
    this.#task = task;
    this.#right = right;
    rig.memory.sleeps = (effect) => {
      this.heard.push(effect);
      if (effect.type !== 'wokenElsewhere') return;
      const found = this.asleep;
      this.asleep = effect.one ? Math.max(0, found - 1) : 0;
      const { object, reqId, offset, domain } = effect;
      this.#sleeps.wakeupDone(object, reqId, offset, domain, found > 0, found > 0);
    };
  }

  static async start(object: PagedObject): Promise<Side> {
    const world = await MemoryRig.start();
    const pager = await world.task('pager');
    using right = object.right(pager);
    const { task, right: mine } = await userOf(world, pager, right.name);
    const side = new Side(world, pager, task, mine);
    await side.map();
    return side;
  }

  /** As the broker looks for what a task's address is, once its page has come. */
  async map(): Promise<void> {
    this.#region = await this.#task.vm.map(this.#right, { size: PAGE });
    await this.#region.write(0, Uint8Array.of(1));
    const key = this.#sleeps.keyOf(this.#task.welcome.task, this.#region.address + at.offset);
    if (typeof key === 'string') throw new TypeError(key);
    expect(key.offset).toBe(at.offset);
    this.object = key.object;
  }

  async unmap(): Promise<void> {
    await this.#region?.unmap();
  }

  listen(): unknown {
    const code = this.#sleeps.listen(this.object, at.offset, at.domain);
    this.rig.memory.carryOut();
    return code;
  }

  wakeup(one: boolean): boolean {
    const isTold = this.#sleeps.wakeup(this.object, at.offset, at.domain, one);
    this.rig.memory.carryOut();
    return isTold;
  }

  /** Whether others have sleepers, as far as it was told. */
  get isElsewhere(): boolean {
    return this.heard.findLast((effect) => effect.type === 'interest')?.isOn === true;
  }

  get isThere(): boolean {
    return this.rig.memory.inspect().objects.length > 0;
  }

  get #sleeps(): Sleeps {
    return this.rig.memory.vm.sleeps;
  }
}

class Both implements AsyncDisposable {
  readonly object: PagedObject;
  readonly west: Side;
  readonly east: Side;

  private constructor(object: PagedObject, west: Side, east: Side) {
    this.object = object;
    this.west = west;
    this.east = east;
  }

  static async start(): Promise<Both> {
    const bytes = new Uint8Array(PAGE);
    const store = { size: PAGE, mayCache: false, read: () => bytes, write: () => undefined };
    const warn = (text: string): void => {
      throw new Error(text);
    };
    const object = new PagedObject(store, 'board', { warn, host: simulatedHost(1) });
    return new Both(object, await Side.start(object), await Side.start(object));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.object.close();
    for (const side of [this.west, this.east]) await side.rig[Symbol.asyncDispose]();
  }
}
