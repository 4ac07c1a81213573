import { boot, type Region, type System } from 'easync';
import { expect, test } from 'vitest';
import { Program } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { build } from './built.ts';
import { DirectMemory } from './second/direct.ts';
import { lookUp } from './second/names.ts';
import { COPY_SEND, PAGE, XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// The same pager serves a broker, and tasks of easync map its object.

test('tasks read and write an object of the pager; a broker and a kernel of ours see one memory', async () => {
  await using stage = await Stage.start();
  await using one = await boot({ socket: stage.broker.socket });
  await using other = await boot({ socket: stage.broker.socket });
  const [mine, yours] = [await regionOf(one), await regionOf(other)];
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
  expect((await kernel.read(0, 5)).toString()).toBe('FIrst');
});

test('a page that the pager takes away comes back with what was written to it', async () => {
  await using stage = await Stage.start();
  await using sys = await boot({ socket: stage.broker.socket });
  const region = await regionOf(sys);
  await region.write(8, Buffer.from('dirty'));
  expect(stage.pager.pages.size).toBe(0);
  const [broker] = stage.pager.kernels.values();
  await broker?.recall(0, true);
  expect(stage.pager.pages.get(0)?.toString('latin1', 8, 13)).toBe('dirty');
  expect(broker && (await stage.pager.attributes(broker))).toEqual([true, false, 0]);
  expect(text(await region.read(8, 5))).toBe('dirty');
  await region.unmap();
});

test('a pager that is killed: what needs it fails', async () => {
  await using broker = await SharedBroker.start();
  await using scratch = await Scratch.make();
  await using pager = new Program([build(scratch).pager, broker.socket, 'object', String(4 * PAGE)]);
  expect(await pager.line()).toBe('serving');
  await using sys = await boot({ socket: broker.socket });
  const region = await regionOf(sys);
  await region.write(0, Buffer.from('here'));
  pager.kill('SIGSTOP');
  const waits = rejection(Promise.resolve(region.read(PAGE, 1)));
  pager.kill();
  expect(await waits).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(await rejection(Promise.resolve(region.read(2 * PAGE, 1)))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(text(await region.read(0, 4))).toBe('here');
  await region.unmap();
});

test('memory without calls: a task that knows the page’s rule, and one of easync', async () => {
  await using stage = await Stage.start();
  await using sys = await boot({ socket: stage.broker.socket });
  const region = await regionOf(sys);
  const task = await stage.task('direct');
  const memory = await DirectMemory.map(task, [COPY_SEND, await lookUp(task, 'object')], 4 * PAGE);

  expect(memory.read(0, 5)).toBeUndefined();
  await region.write(2, Buffer.from('there'));
  expect(memory.read(2, 5)?.toString()).toBe('there');
  expect(memory.write(2, Buffer.from('T'))).toBe(true);
  expect(text(await region.read(2, 5))).toBe('There');

  const [broker] = stage.pager.kernels.values();
  await broker?.recall(0, true);
  expect(stage.pager.pages.get(0)?.toString('latin1', 2, 7)).toBe('There');
  expect(memory.write(2, Buffer.from('t'))).toBeUndefined();
  memory.close();
  await region.unmap();
});

async function regionOf(sys: System): Promise<Region> {
  const { port } = await sys.names.lookUp({ name: 'object', wait: true });
  const region = await sys.task.vm.map(port, { size: 4 * PAGE });
  await port.deallocate();
  return region;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
