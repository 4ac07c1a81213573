import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import type { HandKernel } from '../hand-kernel.ts';
import { Stage } from '../futexes/stage.ts';

// A served object and kernels on two brokers, all over ports; the kernels are played by hand.

const at = { offset: 8, domain: 3 };
const COMPLETED = 'memory_object_interest_completed';
const ELSEWHERE = 'memory_object_interest_elsewhere';

test('a kernel prepares, another notes it, wakes, and the first is told', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  west.say({ kind: 'memory_object_interest', reqId: 1, ...at });
  const told = await east.next(ELSEWHERE);
  expect([told, west.isQuiet]).toEqual([{ kind: ELSEWHERE, reqId: told.reqId, ...at, on: true }, true]);
  noted(east, told.reqId);
  expect(await west.next(COMPLETED)).toEqual({ kind: COMPLETED, reqId: 1, ...at, code: 0 });
  east.say({ kind: 'memory_object_wakeup', ...at, one: false });
  const woken = await west.next('memory_object_woken');
  expect(woken).toMatchObject({ ...at, one: false });
  completed(west, woken.reqId, true);
  east.say({ kind: 'memory_object_wakeup', ...at, one: true });
  const last = await west.next('memory_object_woken');
  expect(last.one).toBe(true);
  completed(west, last.reqId, false);
  expect((await east.next(ELSEWHERE)).on).toBe(false);
  expect([west.isQuiet, east.isQuiet, stage.warnings]).toEqual([true, true, []]);
});

test('who joins is told of sleepers before it is told that the object is ready', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  west.say({ kind: 'memory_object_interest', reqId: 1, ...at });
  noted(east, (await east.next(ELSEWHERE)).reqId);
  await west.next(COMPLETED);
  const third = await stage.stranger(1, 4096);
  const told = await third.next(ELSEWHERE);
  expect(told).toMatchObject({ ...at, on: true });
  await third.next('memory_object_ready');
  // It is one of those that have to note it.
  east.say({ kind: 'memory_object_interest', reqId: 2, ...at });
  noted(west, (await west.next(ELSEWHERE)).reqId);
  noted(third, told.reqId);
  expect((await east.next(COMPLETED)).code).toBe(0);
});

test.each(['dies', 'terminates'] as const)('a kernel that %s has noted it, and has no sleepers', async (how) => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  const third = await stage.kernel(0);
  third.say({ kind: 'memory_object_interest', reqId: 1, ...at });
  await west.next(ELSEWHERE);
  noted(east, (await east.next(ELSEWHERE)).reqId);
  await end(west);
  expect((await third.next(COMPLETED)).code).toBe(0);
  east.say({ kind: 'memory_object_interest', reqId: 1, ...at });
  await third.next(ELSEWHERE);
  await end(third);
  expect((await east.next(ELSEWHERE)).on).toBe(false);
  expect((await east.next(COMPLETED)).code).toBe(0);

  async function end(kernel: HandKernel): Promise<void> {
    if (how === 'dies') await kernel.task.dispose();
    else kernel.terminate();
  }
});

test('who has not joined is not heard, and a kernel that is refused is told nothing', async () => {
  const { stage, west } = await Stage.start();
  await using _stage = stage;
  const stranger = await stage.stranger(0, 3);
  await stranger.next('memory_object_destroy');
  stranger.say({ kind: 'memory_object_interest', reqId: 1, ...at });
  await until(() => stage.warnings.length > 1);
  expect(stage.warnings.at(-1)).toContain('the kernel has not said init');
  expect([stranger.isQuiet, west.isQuiet]).toEqual([true, true]);
});

test('nobody sleeps behind the end of the object', async () => {
  const { stage, west } = await Stage.start();
  await using _stage = stage;
  west.say({ kind: 'memory_object_interest', reqId: 1, offset: 8192, domain: 0 });
  expect(await west.next(COMPLETED)).toMatchObject({ reqId: 1, offset: 8192, code: 'KERN_MEMORY_ERROR' });
});

function noted(kernel: HandKernel, reqId: number): void {
  kernel.say({ kind: 'memory_object_interest_noted', reqId, ...at });
}

function completed(kernel: HandKernel, reqId: number, woke: boolean): void {
  kernel.say({ kind: 'memory_object_woken_completed', reqId, ...at, woke, sleeps: woke });
}
