import { expect, test } from 'vitest';
import { Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';
import { build } from './built.ts';
import { PAGE, XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// A pager and a kernel that were written from docs/protocol.md alone, and import nothing of ours, with each other.

test('two kernels see one memory: each reads what the other has written, once the page has been taken away', async () => {
  await using stage = await Stage.start();
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.write(PAGE - 2, Buffer.from('hello'));
  expect((await other.read(PAGE - 2, 5)).toString()).toBe('hello');
  await other.write(PAGE, Buffer.from('LLO'));
  expect(one.pages.resident).toEqual([0]);
  expect((await one.read(PAGE - 2, 5)).toString()).toBe('heLLO');
});

test('two kernels that write to one page lose nothing', async () => {
  await using stage = await Stage.start();
  const kernels = [await stage.kernel(), await stage.kernel()];
  const rounds = 30;
  await Promise.all(
    kernels.map(async (kernel, at) => {
      for (let round = 1; round <= rounds; round += 1) {
        const before = await kernel.read(at, 1);
        expect(before[0]).toBe(round - 1);
        await kernel.write(at, Buffer.of(round));
        if (round % 7 === at) kernel.pages.evict(0);
      }
    }),
  );
  expect([...(await (await stage.kernel()).read(0, 2))]).toEqual([rounds, rounds]);
});

test('a kernel that has finished gives back what it wrote, and its ports', async () => {
  await using stage = await Stage.start();
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.write(0, Buffer.from('mine'));
  one.terminate();
  await until(() => stage.pager.heard.includes(XP.terminate));
  expect(stage.pager.kernels.size).toBe(1);
  expect(stage.pager.pages.get(0)?.toString('latin1', 0, 4)).toBe('mine');
  await other.write(0, Buffer.from('ours'));
  expect((await (await stage.kernel()).read(0, 4)).toString()).toBe('ours');
});

test('what a kernel believes of the object, and a page that is not there', async () => {
  await using stage = await Stage.start();
  const kernel = await stage.kernel();
  await expect(kernel.read(9 * PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  const [known] = stage.pager.kernels.values();
  expect(known && (await stage.pager.attributes(known))).toEqual([true, false, 0]);
});

test('a kernel that is killed while a page is taken away from it keeps nobody waiting', async () => {
  await using stage = await Stage.start();
  await using scratch = await Scratch.make();
  await using killed = new Program([build(scratch).kernel, stage.broker.socket, 'object', 'lost']);
  expect(await killed.line()).toBe('written');
  killed.kill('SIGSTOP');
  const kernel = await stage.kernel();
  const read = kernel.read(0, 4);
  await until(() => stage.pager.recalls === 1);
  killed.kill();
  expect((await read).toString('latin1')).toBe('\0\0\0\0');
  expect(stage.pager.kernels.size).toBe(1);
});

test('when the pager is killed a kernel has what it has, and nothing comes', async () => {
  await using stage = await Stage.start();
  const kernel = await stage.kernel();
  await kernel.write(0, Buffer.from('here'));
  await stage.pagerTask.die();
  await expect(kernel.read(PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  expect((await kernel.read(0, 4)).toString()).toBe('here');
});
