import { boot } from 'easync';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Program } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { build } from './built.ts';
import { regionOf, text } from './region.ts';
import { Kernel } from './second/kernel.ts';
import { lookUp } from './second/names.ts';
import { Task } from './second/task.ts';
import { PAGE, XP } from './second/xp.ts';
import { Shelf } from './shelf.ts';
import { Stage } from './stage.ts';

// The second pager and kernel in processes of their own, which are killed.

const OF_THE_LIBRARY = fileURLToPath(new URL('./fixtures/easync.js', import.meta.url));

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

describe.each(['a kernel of ours', 'a task of ours', 'a task of easync'])('%s is killed', (holder) => {
  const program = (name: string): Program => {
    const what = holder.split(' ')[1] ?? '';
    const ours = [programs.locker, what, broker.socket, name];
    return new Program(holder.endsWith('ours') ? ours : [OF_THE_LIBRARY, 'lock', broker.socket, name]);
  };

  test('which has a futex: who waits gets it, and knows', async () => {
    await using sys = await boot({ socket: broker.socket });
    await using placed = holder.startsWith('a kernel')
      ? await Shelf.serve(sys, broker.socket)
      : await Stage.start(broker);
    await using killed = program(placed.name);
    expect([await killed.line(), await killed.line()]).toEqual(['asking', 'locked']);
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    const waits = region.futex(0).lock();
    killed.kill();
    expect((await waits).ownerDied).toBe(true);
    await region.unmap();
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(true);
  });

  test('which waits for a futex: who comes behind it gets it all the same', async () => {
    await using sys = await boot({ socket: broker.socket });
    await using stage = await Stage.start(broker);
    const [kernel, region] = [await stage.kernel(), await regionOf(sys, stage.name)];
    await kernel.futexes.lock(0, 'a');
    await using killed = program(stage.name);
    await killed.line();
    await until(() => stage.pager.futexes.loan(0).waiting === 1);
    killed.kill();
    const waits = region.futex(0).lock();
    await until(() => kernel.heard.includes(XP.relinquish_futex));
    kernel.futexes.keeper(0).unlock('a');
    // From it, if it was granted the futex before its death was known.
    const guard = await waits;
    if (guard.ownerDied) guard.consistent();
    await guard.unlock();
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(false);
    await region.unmap();
  });
});

test.each(['of ours', 'of the library'])(
  'a pager %s is killed: who has a futex goes on, and nobody gets it after that',
  async (pager) => {
    const name = `futexes ${pager}`;
    const serve = pager === 'of ours' ? [programs.pager] : [OF_THE_LIBRARY, 'serve'];
    const size = pager === 'of ours' ? [String(4 * PAGE)] : [];
    await using killed = new Program([...serve, broker.socket, name, ...size]);
    expect(await killed.line()).toBe('serving');
    await using sys = await boot({ socket: broker.socket });
    const region = await regionOf(sys, name);
    const task = await Task.attach(broker.socket, 'kernel');
    const kernel = await Kernel.init(task, await lookUp(task, name));
    await kernel.futexes.lock(4, 'a');
    const guard = await region.futex(0).lock();
    killed.kill('SIGSTOP');
    const here = [rejection(region.futex(4).lock()), rejection(region.futex(8).lock())];
    const there = [rejection(kernel.futexes.lock(0, 'a')), rejection(kernel.sleep(4, 0))];
    killed.kill();
    for (const code of await Promise.all(here)) expect(code).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    for (const error of await Promise.all(there)) expect(error.message).toBe('KERN_MEMORY_ERROR');
    await guard.unlock();
    kernel.futexes.keeper(4).unlock('a');
    expect(await rejection(region.futex(0).lock())).toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    await expect(kernel.futexes.lock(4, 'a')).rejects.toThrow('KERN_MEMORY_ERROR');
    await region.unmap();
    await task.detach();
  },
);
