import { boot } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { regionOf, text } from './region.ts';
import { Writer } from './second/bytes.ts';
import { DirectMemory } from './second/direct.ts';
import { lookUp } from './second/names.ts';
import { COPY_SEND, PAGE, XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// The same pager serves a broker, and tasks of easync map its object.

let broker: SharedBroker;
beforeAll(async () => (broker = await SharedBroker.start()));
afterAll(() => broker[Symbol.asyncDispose]());

test('tasks read and write an object of the pager; a broker and a kernel of ours see one memory', async () => {
  await using stage = await Stage.start(broker);
  await using one = await boot({ socket: broker.socket });
  await using other = await boot({ socket: broker.socket });
  const [mine, yours] = [await regionOf(one, stage.name), await regionOf(other, stage.name)];
  await mine.write(PAGE - 2, Buffer.from('hello'));
  expect(text(await yours.read(PAGE - 2, 5))).toBe('hello');
  await yours.write(0, Buffer.from('first'));
  expect(text(await mine.read(0, 5))).toBe('first');

  const kernel = await stage.kernel();
  expect((await kernel.read(PAGE - 2, 5)).toString()).toBe('hello');
  await kernel.write(0, Buffer.from('FI'));
  expect(text(await mine.read(0, 5))).toBe('FIrst');
  await mine.unmap();
  await yours.unmap();
  await until(() => stage.pager.heard.includes(XP.terminate));
  expect(stage.pager.kernels.size).toBe(1);
  expect((await kernel.read(0, 5)).toString()).toBe('FIrst');
});

test('a page that the pager takes away comes back with what was written to it', async () => {
  await using stage = await Stage.start(broker);
  await using sys = await boot({ socket: broker.socket });
  const region = await regionOf(sys, stage.name);
  await region.write(8, Buffer.from('dirty'));
  expect(stage.pager.pages.size).toBe(0);
  const [kernel] = stage.pager.kernels.values();
  await kernel?.recall(0, true);
  expect(stage.pager.pages.get(0)?.toString('latin1', 8, 13)).toBe('dirty');
  expect(kernel && (await kernel.attributes())).toEqual([true, false, 0]);
  expect(text(await region.read(8, 5))).toBe('dirty');
  await region.unmap();
});

test('the life of an object: kept while nobody maps it, given up when it may not be kept, destroyed', async () => {
  await using stage = await Stage.start(broker);
  await using sys = await boot({ socket: broker.socket });
  const { pager } = stage;
  const region = await regionOf(sys, stage.name);
  await region.write(0, Buffer.from('kept'));
  const [kernel] = pager.kernels.values();
  kernel?.send(XP.change_attributes, new Writer().u64(1).bool(true).u8(0));
  await until(() => pager.heard.at(-1) === XP.change_completed);
  await region.unmap();
  const again = await regionOf(sys, stage.name);
  expect(text(await again.read(0, 4))).toBe('kept');
  await again.unmap();
  expect(pager.heard.filter((number) => number === XP.init)).toHaveLength(1);

  kernel?.send(XP.change_attributes, new Writer().u64(2).bool(false).u8(0));
  await until(() => pager.kernels.size === 0 && pager.heard.at(-1) !== XP.terminate);
  expect(pager.heard.slice(-3)).toEqual([XP.data_return, XP.terminate, XP.change_completed]);
  expect(pager.pages.get(0)?.toString('latin1', 0, 4)).toBe('kept');

  const third = await regionOf(sys, stage.name);
  expect(text(await third.read(0, 4))).toBe('kept');
  const [next] = pager.kernels.values();
  next?.send(XP.destroy, new Writer().u32(0));
  await until(() => pager.heard.at(-1) === XP.terminate);
  expect(await rejection(Promise.resolve(third.read(PAGE, 1)))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(text(await third.read(0, 4))).toBe('kept');
  await third.unmap();
});

test('memory without calls: a task that knows the page’s rule, and one of easync', async () => {
  await using stage = await Stage.start(broker);
  await using sys = await boot({ socket: broker.socket });
  const region = await regionOf(sys, stage.name);
  const task = await stage.task('direct');
  const memory = await DirectMemory.map(task, [COPY_SEND, await lookUp(task, stage.name)], 4 * PAGE);

  expect(memory.read(0, 5)).toBeUndefined();
  await region.write(2, Buffer.from('there'));
  expect(memory.read(2, 5)?.toString()).toBe('there');
  expect(memory.write(2, Buffer.from('T'))).toBe(true);
  expect(text(await region.read(2, 5))).toBe('There');

  const [kernel] = stage.pager.kernels.values();
  await kernel?.recall(0, true);
  expect(stage.pager.pages.get(0)?.toString('latin1', 2, 7)).toBe('There');
  expect(memory.write(2, Buffer.from('t'))).toBeUndefined();
  // Nobody but the task itself knows that the page is not clean any more.
  expect(text(await region.read(2, 5))).toBe('There');
  expect(memory.write(3, Buffer.from('H'))).toBe(true);
  await kernel?.recall(0, true);
  expect(stage.pager.pages.get(0)?.toString('latin1', 2, 7)).toBe('THere');
  memory.close();
  await region.unmap();
});

test('memory without calls: who finds its version changed asks again, and goes on', async () => {
  await using stage = await Stage.start(broker);
  await using sys = await boot({ socket: broker.socket });
  const region = await regionOf(sys, stage.name);
  await region.write(0, Buffer.from('here'));
  const task = await stage.task('direct');
  const object = await lookUp(task, stage.name);
  const [memory, other] = [
    await DirectMemory.map(task, [COPY_SEND, object], 4 * PAGE),
    await DirectMemory.map(task, [COPY_SEND, object], PAGE),
  ];
  expect(memory.read(0, 4)?.toString()).toBe('here');
  await other.unmap();
  expect(memory.isStale).toBe(true);
  expect(memory.read(0, 4)).toBeUndefined();
  expect(memory.write(0, Buffer.from('H'))).toBeUndefined();
  await memory.askAgain();
  expect(memory.read(0, 4)?.toString()).toBe('here');
  expect(memory.write(0, Buffer.from('H'))).toBe(true);
  expect(text(await region.read(0, 4))).toBe('Here');
  memory.close();
  await region.unmap();
});
