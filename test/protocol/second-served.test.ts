import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { brokerOfFile } from './broker-of-file.ts';
import { regionOf, text } from './region.ts';
import { PAGE } from './second/xp.ts';
import { Shelf } from './shelf.ts';

// The same kernel is served by a pager of the library, beside a broker.

const { broker, sys } = await brokerOfFile();

test('a kernel of ours and a broker see one memory of a pager of the library', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket);
  const kernel = await shelf.kernel();
  const region = await regionOf(sys, shelf.name);
  await kernel.write(PAGE - 2, Buffer.from('hello'));
  expect(text(await region.read(PAGE - 2, 5))).toBe('hello');
  await region.write(PAGE, Buffer.from('LLO'));
  expect((await kernel.read(PAGE - 2, 5)).toString()).toBe('heLLO');
  await kernel.write(PAGE, Buffer.from('ll'));
  expect(text(await region.read(PAGE - 2, 5))).toBe('hellO');
  await region.unmap();
});

test('two of them lose nothing, with a task of easync between them', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket);
  const kernels = [await shelf.kernel(), await shelf.kernel()];
  const region = await regionOf(sys, shelf.name);
  const rounds = 20;
  const count = async (at: number, read: (at: number) => Promise<number>, write: (round: number) => unknown) => {
    for (let round = 1; round <= rounds; round += 1) {
      expect(await read(at)).toBe(round - 1);
      await write(round);
      if (round % 7 === at) kernels[at]?.pages.evict(0);
    }
  };
  await Promise.all([
    count(
      2,
      async (at) => (await region.read(at, 1))[0] ?? -1,
      (round) => region.write(2, Uint8Array.of(round)),
    ),
    ...kernels.map((kernel, index) =>
      count(
        index,
        async (at) => (await kernel.read(at, 1))[0] ?? -1,
        (round) => kernel.write(index, Buffer.of(round)),
      ),
    ),
  ]);
  await shelf.object.sync();
  expect([...shelf.board.bytes.subarray(0, 3)]).toEqual([rounds, rounds, rounds]);
  await region.unmap();
});

test('what it has written is stored: when the pager wants it, when it makes room, and when it has finished', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket);
  const kernel = await shelf.kernel();
  await kernel.write(0, Buffer.from('wanted'));
  await shelf.object.sync();
  expect(shelf.board.bytes.toString('latin1', 0, 6)).toBe('wanted');
  await kernel.write(PAGE, Buffer.from('evicted'));
  kernel.pages.evict(1);
  expect((await kernel.read(PAGE, 7)).toString()).toBe('evicted');
  await kernel.write(2 * PAGE, Buffer.from('finished'));
  kernel.terminate();
  await until(() => shelf.board.bytes.toString('latin1', 2 * PAGE, 2 * PAGE + 8) === 'finished');
  expect((await (await shelf.kernel()).read(2 * PAGE, 8)).toString()).toBe('finished');
});

test('what is not there is an error; a pager that ends takes nothing from who has it', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket);
  const kernel = await shelf.kernel();
  await expect(kernel.read(4 * PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  await kernel.write(0, Buffer.from('here'));
  await shelf.end();
  await expect(kernel.read(3 * PAGE, 1)).rejects.toThrow('KERN_MEMORY_ERROR');
  expect((await kernel.read(0, 4)).toString()).toBe('here');
});

test('when it dies with pages that it could write, the store is told', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket);
  const [dies, kernel] = [await shelf.kernel(), await shelf.kernel()];
  await dies.write(PAGE, Buffer.from('lost'));
  await shelf.tasks[0]?.die();
  expect((await kernel.read(PAGE, 4)).toString('latin1')).toBe('\0\0\0\0');
  expect(shelf.board.lost).toEqual([PAGE]);
});
