import { boot } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { build } from './built.ts';
import { regionOf, text } from './region.ts';
import { PAGE } from './second/xp.ts';
import { Stage } from './stage.ts';

// The second pager and kernel in processes of their own, which are killed.

let broker: SharedBroker;
let scratch: Scratch;
let programs: ReturnType<typeof build>;
beforeAll(async () => {
  [broker, scratch] = await Promise.all([SharedBroker.start(), Scratch.make()]);
  programs = build(scratch);
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

test('a kernel that is killed while a page is taken away from it keeps nobody waiting', async () => {
  await using stage = await Stage.start(broker);
  await using killed = new Program([programs.kernel, broker.socket, stage.name, 'lost']);
  expect(await killed.line()).toBe('written');
  killed.kill('SIGSTOP');
  const [known] = stage.pager.kernels.values();
  const kernel = await stage.kernel();
  const read = kernel.read(0, 4);
  await until(() => stage.pager.recalls === 1);
  killed.kill();
  expect((await read).toString('latin1')).toBe('\0\0\0\0');
  expect(stage.pager.kernels.size).toBe(1);
  for (const gone of [known?.control ?? 0, known?.name ?? 0]) {
    await expect(stage.pagerTask.sendRefs(gone)).rejects.toThrow('KERN_INVALID_NAME');
  }
});

test('when its pager is killed, a kernel has what it has, and nothing comes', async () => {
  await using stage = await Stage.start(broker);
  const kernel = await stage.kernel();
  await kernel.write(0, Buffer.from('here'));
  await stage.pagerTask.die();
  await expect(kernel.read(PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  expect((await kernel.read(0, 4)).toString()).toBe('here');
});

test('so do tasks of easync', async () => {
  await using pager = new Program([programs.pager, broker.socket, 'mortal', String(4 * PAGE)]);
  expect(await pager.line()).toBe('serving');
  await using sys = await boot({ socket: broker.socket });
  const region = await regionOf(sys, 'mortal');
  await region.write(0, Buffer.from('here'));
  pager.kill('SIGSTOP');
  const waits = rejection(Promise.resolve(region.read(PAGE, 1)));
  pager.kill();
  expect(await waits).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(await rejection(Promise.resolve(region.read(2 * PAGE, 1)))).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
  expect(text(await region.read(0, 4))).toBe('here');
  await region.unmap();
});
