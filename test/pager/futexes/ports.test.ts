import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { deferred } from '../../../src/task/index.ts';
import { VM_PROT, type Xp } from '../../../src/wire/index.ts';
import { until } from '../../support/until.ts';
import { Stage } from './stage.ts';

type XpEvent = { direction: string; message: Xp };

// A served object and kernels on two brokers, all over ports; the kernels are played by hand.

const PAGE = 4096;
const GRANTED = 'memory_object_futex_granted';
const RECALL = 'memory_object_relinquish_futex';
const NONE = { offset: 0, access: VM_PROT.READ | VM_PROT.WRITE, length: PAGE };

test('it is granted, recalled, given back, and granted to the next, who sees what came back before it was', async () => {
  const stored = deferred();
  const journal: string[] = [];
  const { stage, west, east } = await Stage.start({}, () => (journal.push('stored'), stored.promise));
  await using _stage = stage;
  west.say({ kind: 'memory_object_data_request', reqId: 1, ...NONE });
  const page = await west.next('memory_object_data_supply');
  west.lock(2);
  const held = await west.next(GRANTED);
  expect(held).toMatchObject({ reqId: 2, offset: 0, state: 0, recall: false });
  expect(stage.object.holdsFutex(0, BigInt(held.gen))).toBe(true);
  east.lock(1);
  expect(await west.next(RECALL)).toEqual({ kind: RECALL, offset: 0, gen: held.gen, budgetMs: 0 });

  const onXp = (event: unknown): void => {
    const { direction, message } = event as XpEvent;
    if (direction === 'sent' && message.kind === GRANTED) journal.push('granted');
  };
  subscribe('easync:xp', onXp);
  const back = { reqId: 0, offset: 0, dirty: true, kernelCopy: false, gen: page.gen };
  west.say({ kind: 'memory_object_data_return', ...back, data: new Uint8Array(PAGE).fill(9) });
  west.released(held.gen);
  const next = await east.next(GRANTED);
  unsubscribe('easync:xp', onXp);
  expect(journal).toEqual(['stored', 'granted']);
  expect(next).toMatchObject({ reqId: 1, offset: 0, state: 0, recall: false });
  expect(next.gen).toBeGreaterThan(held.gen);
  // The store has not got it yet.
  east.say({ kind: 'memory_object_data_request', reqId: 2, ...NONE });
  expect((await east.next('memory_object_data_supply')).data[0]).toBe(9);
  expect([held, next].map(({ gen }) => stage.object.holdsFutex(0, BigInt(gen)))).toEqual([false, true]);
  expect([stage.object.holdsFutex(4, BigInt(next.gen)), west.isQuiet, stage.warnings]).toEqual([false, true, []]);
  stored.resolve();
});

test('a recall that rides on a grant is the only one there is', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  const third = await stage.kernel(0);
  west.lock(1);
  const { gen } = await west.next(GRANTED);
  east.lock(1);
  await west.next(RECALL);
  third.lock(1);
  // What one kernel says is heard in order, what two say is not: the third has been heard when it is answered.
  third.say({ kind: 'memory_object_futex_wait', reqId: 2, offset: 4 });
  await third.next('memory_object_futex_waiting');
  west.released(gen);
  const second = await east.next(GRANTED);
  expect(second.recall).toBe(true);
  east.released(second.gen);
  expect((await third.next(GRANTED)).recall).toBe(false);
  expect([west.isQuiet, east.isQuiet]).toEqual([true, true]);
});

test('with Part II alone every grant is recalled at once', async () => {
  const { stage, west } = await Stage.start({ recallAtOnce: true });
  await using _stage = stage;
  west.lock(1);
  const first = await west.next(GRANTED);
  expect(first.recall).toBe(true);
  west.released(first.gen);
  west.lock(2);
  expect(await west.next(GRANTED)).toMatchObject({ reqId: 2, state: 0, recall: true });
});

test('who does not give it back in time is fenced, and what it says of it later is refused', async () => {
  const { stage, west, east } = await Stage.start({ budgetMs: 50 });
  await using _stage = stage;
  west.lock(1);
  const { gen } = await west.next(GRANTED);
  await stage.host.advance(1000);
  east.lock(1);
  expect(await west.next(RECALL)).toMatchObject({ gen, budgetMs: 50 });
  await stage.host.advance(49);
  expect(stage.object.holdsFutex(0, BigInt(gen))).toBe(true);
  await stage.host.advance(2);
  expect(await west.next('memory_object_futex_fenced')).toMatchObject({ offset: 0, gen });
  const next = await east.next(GRANTED);
  expect(next).toMatchObject({ reqId: 1, state: 1, recall: false });
  expect(stage.object.holdsFutex(0, BigInt(gen))).toBe(false);
  west.released(gen);
  await until(() => stage.warnings.length > 0);
  expect(stage.warnings).toEqual([expect.stringContaining('memory_object_futex_released')]);
  expect(stage.object.holdsFutex(0, BigInt(next.gen))).toBe(true);
});

test('who gives it back in time is not; nor is who has it next for that', async () => {
  const { stage, west, east } = await Stage.start({ budgetMs: 50 });
  await using _stage = stage;
  west.lock(1);
  const first = await west.next(GRANTED);
  east.lock(1);
  await west.next(RECALL);
  await stage.host.advance(40);
  west.released(first.gen);
  const { gen } = await east.next(GRANTED);
  expect(stage.timers.size).toBe(0);
  await stage.host.advance(1000);
  expect(stage.object.holdsFutex(0, BigInt(gen))).toBe(true);
  expect([west.isQuiet, east.isQuiet]).toEqual([true, true]);
});

test('a kernel dies that had it, and wanted others: the next is told, and nobody waits for it', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  west.lock(1);
  await west.next(GRANTED);
  east.lock(1, 4);
  const other = await east.next(GRANTED);
  west.lock(2, 4);
  await east.next(RECALL);
  east.lock(2);
  await west.next(RECALL);
  await west.task.dispose();
  expect(await east.next(GRANTED)).toMatchObject({ reqId: 2, state: 1 });
  east.released(other.gen, { offset: 4 });
  east.lock(3, 4);
  expect(await east.next(GRANTED)).toMatchObject({ reqId: 3, offset: 4, state: 0, recall: false });
});

test('a kernel dies right behind its release, which still waits to be heard: nobody died inside (R0.6)', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  west.lock(1);
  const { gen } = await west.next(GRANTED);
  east.lock(1);
  await west.next(RECALL);
  for (let i = 0; i < 500; i += 1) west.say({ kind: 'memory_object_futex_wake', offset: 8, broadcast: false });
  west.released(gen);
  await west.task.dispose();
  expect(await east.next(GRANTED)).toMatchObject({ reqId: 1, state: 0 });
});

test('a kernel that terminates the object has nothing of it any more', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  west.lock(1);
  const { gen } = await west.next(GRANTED);
  west.lock(2, 4);
  await west.next(GRANTED);
  west.released(gen);
  west.terminate();
  east.lock(1);
  expect(await east.next(GRANTED)).toMatchObject({ offset: 0, state: 0 });
  east.lock(2, 4);
  expect(await east.next(GRANTED)).toMatchObject({ offset: 4, state: 1 });
  expect(stage.warnings).toEqual([]);
});

test('a wakeup goes from kernel to kernel until somebody is woken', async () => {
  const { stage, west, east } = await Stage.start();
  await using _stage = stage;
  const third = await stage.kernel(0);
  for (const [index, kernel] of [west, east].entries()) {
    kernel.say({ kind: 'memory_object_futex_wait', reqId: 10 + index, offset: 4 });
    expect(await kernel.next('memory_object_futex_waiting')).toMatchObject({ reqId: 10 + index, offset: 4 });
  }
  third.say({ kind: 'memory_object_futex_wake', offset: 4, broadcast: false });
  const first = await west.next('memory_object_futex_woken');
  expect([first.broadcast, east.isQuiet]).toEqual([false, true]);
  const nobody = { reqId: first.reqId, offset: 4, woke: false, waits: false };
  west.say({ kind: 'memory_object_futex_wake_completed', ...nobody });
  const second = await east.next('memory_object_futex_woken');
  east.say({ kind: 'memory_object_futex_wake_completed', ...nobody, reqId: second.reqId, woke: true, waits: true });
  third.say({ kind: 'memory_object_futex_wake', offset: 4, broadcast: true });
  expect((await east.next('memory_object_futex_woken')).broadcast).toBe(true);
  expect([west.isQuiet, third.isQuiet]).toEqual([true, true]);
});

test('a kernel whose pages do not fit has no futexes either', async () => {
  const { stage, west } = await Stage.start();
  await using _stage = stage;
  const stranger = await stage.stranger(1, 4095);
  await stranger.next('memory_object_destroy');
  stranger.lock(1);
  await until(() => stage.warnings.length > 1);
  expect(stage.warnings[1]).toMatch(/lock_futex.*has not said init/);
  west.lock(1);
  expect(await west.next(GRANTED)).toMatchObject({ reqId: 1 });
});

test('an object that is closed: nobody holds a futex of it, and no time runs', async () => {
  const { stage, west, east } = await Stage.start({ budgetMs: 50 });
  await using _stage = stage;
  west.lock(1);
  const { gen } = await west.next(GRANTED);
  east.lock(1);
  await west.next(RECALL);
  expect(stage.timers.size).toBe(1);
  await stage.object.close();
  expect([stage.object.holdsFutex(0, BigInt(gen)), stage.timers.size]).toEqual([false, 0]);
  await stage.host.advance(100);
  expect([west.isQuiet, east.isQuiet, stage.warnings]).toEqual([true, true, []]);
});
