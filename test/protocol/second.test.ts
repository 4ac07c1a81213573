import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { Writer } from './second/bytes.ts';
import { lookUp } from './second/names.ts';
import { COPY_SEND, PAGE, WRITE, XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// A pager and a kernel that were written from docs/protocol.md alone, with each other.

const SECOND = new URL('./second/', import.meta.url);

let broker: SharedBroker;
beforeAll(async () => (broker = await SharedBroker.start()));
afterAll(() => broker[Symbol.asyncDispose]());

test('they import nothing of ours', () => {
  const sources = readdirSync(SECOND).map((file) => readFileSync(new URL(file, SECOND), 'utf8'));
  const imports = sources.flatMap((source) => [...source.matchAll(/from '([^']*)'/g)].map(([, from = '']) => from));
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.filter((from) => !/^(node:|\.\/[a-z-]+\.ts$)/.test(from))).toEqual([]);
});

test('two kernels see one memory: each reads what the other has written, once the page has been taken away', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.write(PAGE - 2, Buffer.from('hello'));
  expect((await other.read(PAGE - 2, 5)).toString()).toBe('hello');
  await other.write(PAGE, Buffer.from('LLO'));
  expect(one.pages.resident).toEqual([0]);
  expect((await one.read(PAGE - 2, 5)).toString()).toBe('heLLO');
});

test('two kernels that write to one page lose nothing', async () => {
  await using stage = await Stage.start(broker);
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
  // Each of the many messages brought one, which was given back.
  for (const control of stage.pager.kernels.keys()) expect(await stage.pagerTask.sendRefs(control)).toBe(1);
});

test('bytes that a kernel returns by a grant that was taken back are refused', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.write(0, Buffer.from('old'));
  const { gen } = await one.pages.fault(0, WRITE);
  await other.write(0, Buffer.from('new'));
  const late = new Writer().u64(0).u64(0).bool(true).bool(false).u64(gen).bytes(Buffer.alloc(PAGE, 'late'));
  const before = stage.pager.heard.length;
  one.send(XP.data_return, late);
  await until(() => stage.pager.heard.length > before);
  expect(stage.pager.pages.get(0)?.toString('latin1', 0, 3)).toBe('old');
  expect((await one.read(0, 3)).toString()).toBe('new');
});

test('a kernel that has finished gives back what it wrote, and its ports', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.write(0, Buffer.from('mine'));
  const [known] = stage.pager.kernels.values();
  one.terminate();
  await until(() => stage.pager.heard.includes(XP.terminate));
  expect(stage.pager.kernels.size).toBe(1);
  for (const gone of [known?.control ?? 0, known?.name ?? 0]) {
    await expect(stage.pagerTask.sendRefs(gone)).rejects.toThrow('KERN_INVALID_NAME');
  }
  expect(stage.pager.pages.get(0)?.toString('latin1', 0, 4)).toBe('mine');
  await other.write(0, Buffer.from('ours'));
  expect((await (await stage.kernel()).read(0, 4)).toString()).toBe('ours');
});

test('what a kernel believes of the object, and a page that is not there', async () => {
  await using stage = await Stage.start(broker);
  const kernel = await stage.kernel();
  await expect(kernel.read(9 * PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  const [known] = stage.pager.kernels.values();
  expect(known && (await known.attributes())).toEqual([true, false, 0]);
});

test('errors have codes: of a server, and of a message that does not leave', async () => {
  await using stage = await Stage.start(broker);
  const task = await stage.task('lost');
  await expect(lookUp(task, 'nobody', false)).rejects.toThrow('ENONAME');
  await expect(task.rpc([COPY_SEND, 0x4000_0000], {})).rejects.toThrow('MACH_SEND_INVALID_DEST');
  await expect(
    task.rpc([COPY_SEND, task.names.bootstrap], { routine: 4711, body: Buffer.of(0, 0xc0) }),
  ).rejects.toThrow('ENOROUTINE');
});
