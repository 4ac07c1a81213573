import { prepare, sleep, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';
import { brokerOfFile } from './broker-of-file.ts';
import { regionOf } from './region.ts';
import { DirectMemory } from './second/direct.ts';
import { checkIn, lookUp } from './second/names.ts';
import type { Task } from './second/task.ts';
import { TaskSleeps } from './second/task-sleeps.ts';
import { COPY_SEND, MAKE_SEND, PAGE, XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// A task of ours, at a broker of easync, sleeps and wakes beside tasks of easync.

const { broker, sys } = await brokerOfFile();

type Ours = { task: Task; sleeps: TaskSleeps; at: number };

async function ours(stage: Stage): Promise<Ours> {
  const task = await stage.task('task');
  const memory = await DirectMemory.map(task, [COPY_SEND, await lookUp(task, stage.name)], 4 * PAGE);
  memory.close();
  return { task, sleeps: new TaskSleeps(task), at: memory.address };
}

test('on a word: of ours and of easync, one after the other, all, by domain; the interest word tells', async () => {
  await using stage = await Stage.start(broker);
  const [{ sleeps, at }, region] = [await ours(stage), await regionOf(sys, stage.name)];
  using theirs = region.ident(8);
  const ident = await sleeps.word(at + 8);
  expect((await sleeps.word(at + 8)).ident).toBe(ident.ident);
  expect(ident.hasSleepers()).toBe(false);
  expect(await wakeup(theirs)).toBeUndefined();

  const order: string[] = [];
  const only = await sleeps.prepare(ident);
  const first = await sleeps.prepare(ident, { asleep: true });
  const waiter = await prepare(theirs);
  const second = waiter.sleep().then(({ code }) => order.push(`theirs ${code}`));
  const third = await sleeps.prepare(ident);
  await sleeps.asleep(third.sleeper);
  expect(ident.hasSleepers()).toBe(true);
  await wakeupOne(theirs);
  await Promise.all([only.woken, first.woken]);
  expect(order).toEqual([]);
  await sleeps.wakeup(ident, { one: true });
  await second;
  expect(order).toEqual(['theirs 0']);

  const other = await sleeps.prepare(ident, { domain: 7, asleep: true });
  const theirOther = (await prepare(theirs, { domain: 7 })).sleep();
  await wakeup(theirs);
  await third.woken;
  expect(ident.hasSleepers()).toBe(true);
  await sleeps.wakeup(ident, { domain: 7 });
  expect(await theirOther).toEqual({ code: 0 });
  await other.woken;
  expect(ident.hasSleepers()).toBe(false);

  const last = await sleeps.prepare(ident, { domain: 7 });
  await wakeupDomain(theirs, 7);
  await last.woken;
  // It was given twice.
  await sleeps.forget(ident);
  await sleeps.wakeup(ident);
  await sleeps.forget(ident);
  await expect(sleeps.wakeup(ident)).rejects.toThrow('KERN_INVALID_ARGUMENT');
  await region.unmap();
});

test('a sleeper has one place: prepared elsewhere, removed, or forgotten with its ident', async () => {
  await using stage = await Stage.start(broker);
  const [{ sleeps, at }, region] = [await ours(stage), await regionOf(sys, stage.name)];
  const [here, there] = [await sleeps.word(at), await sleeps.word(at + 4 * PAGE - 4)];
  const { sleeper } = await sleeps.prepare(here, { asleep: true });
  await sleeps.prepare(there, { again: sleeper });
  expect([here.hasSleepers(), there.hasSleepers()]).toEqual([false, true]);
  await sleeps.remove(sleeper);
  await sleeps.remove(sleeper);
  await sleeps.asleep(sleeper);
  expect(there.hasSleepers()).toBe(false);
  await sleeps.prepare(there, { again: sleeper, asleep: true });
  const again = await sleeps.prepare(there, { again: sleeper });
  using theirs = region.ident(4 * PAGE - 4);
  const waiter = await prepare(theirs);
  // Its sleep was void with that: nobody sleeps but theirs, and it goes on beside it.
  const waits = waiter.sleep();
  await sleeps.wakeup(there, { one: true });
  await again.woken;
  expect(await waits).toEqual({ code: 0 });

  const asleep = await sleeps.prepare(there, { asleep: true });
  const elsewhere = await sleeps.prepare(here, { asleep: true });
  await sleeps.forget(there);
  await asleep.woken;
  await expect(sleeps.prepare(there)).rejects.toThrow('KERN_INVALID_ARGUMENT');
  await sleeps.wakeup(here);
  await elsewhere.woken;
  await region.unmap();
});

test('on a port, whoever serves it; when it dies all are woken, and nobody is prepared again', async () => {
  await using stage = await Stage.start(broker);
  const task = await stage.task('server');
  const name = await task.port(() => {});
  await checkIn(task, `door of ${stage.name}`, [MAKE_SEND, name]);
  const { port } = await sys.names.lookUp({ name: `door of ${stage.name}`, wait: true });
  const other = await stage.task('client');
  const sent = await lookUp(other, `door of ${stage.name}`);
  const [mine, theirs] = [new TaskSleeps(task), new TaskSleeps(other)];
  const [door, window] = [await mine.port(name), await theirs.port(sent)];

  const one = await mine.prepare(door, { asleep: true });
  await wakeup(port);
  await one.woken;
  const waiter = await prepare(port);
  await theirs.wakeup(window);
  expect(await waiter.sleep()).toEqual({ code: 0 });
  const two = await theirs.prepare(window);
  await mine.wakeup(door, { one: true });
  await two.woken;

  const lasts = sleep(port);
  const last = await theirs.prepare(window, { asleep: true });
  await until(async () => {
    await waiter.prepare(port);
    waiter.remove();
    return window.hasSleepers();
  });
  task.destroyPort(name);
  await last.woken;
  expect(await lasts).toEqual({ code: 0 });
  await expect(theirs.prepare(window)).rejects.toThrow('MACH_SEND_INVALID_DEST');
  await theirs.wakeup(window);
  expect(await rejection(prepare(port))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
  await expect(theirs.port(sent)).rejects.toThrow('MACH_SEND_INVALID_DEST');
  await port.deallocate();
});

test('what no ident is, and what none is any more', async () => {
  await using stage = await Stage.start(broker);
  const { task, sleeps, at } = await ours(stage);
  await expect(sleeps.port(4711)).rejects.toThrow('KERN_INVALID_NAME');
  await expect(sleeps.word(at + 2)).rejects.toThrow('KERN_INVALID_ADDRESS');
  await expect(sleeps.word(at + 4 * PAGE)).rejects.toThrow('KERN_INVALID_ADDRESS');
  for (const call of [sleeps.wakeup({ ident: 99 }), sleeps.forget({ ident: 99 }), sleeps.prepare({ ident: 99 })]) {
    await expect(call).rejects.toThrow('KERN_INVALID_ARGUMENT');
  }
  await sleeps.asleep(99);
  await sleeps.remove(99);

  const word = await sleeps.word(at);
  const sleeper = await sleeps.prepare(word, { asleep: true });
  task.destroyPort(await lookUp(task, stage.name));
  await stage.pagerTask.die();
  await sleeper.woken;
  await expect(sleeps.prepare(word)).rejects.toThrow('KERN_MEMORY_ERROR');
  await sleeps.wakeup(word);
  expect(stage.pager.heard).toContain(XP.interest);
});

test('who prepares is in the queue before he is told; what becomes of him meanwhile changes no answer', async () => {
  await using stage = await Stage.start(broker);
  const [{ sleeps, at }, kernel] = [await ours(stage), await stage.kernel()];
  const ident = await sleeps.word(at);
  kernel.pause();
  const answers = [sleeps.prepare(ident), sleeps.prepare(ident, { asleep: true }), sleeps.prepare(ident)];
  await until(() => kernel.unread === 1);
  expect(ident.hasSleepers()).toBe(true);
  await sleeps.remove(3);
  let answered = 0;
  for (const answer of answers) void answer.then(() => (answered += 1));
  await sleeps.wakeup(ident, { one: true });
  expect([ident.hasSleepers(), answered]).toEqual([false, 0]);
  kernel.resume();
  const [first, second] = await Promise.all(answers);
  await Promise.all([first?.woken, second?.woken]);
});

test('a task that dies sleeps no more: who is woken after it is the next one', async () => {
  await using stage = await Stage.start(broker);
  const [dies, lives] = [await ours(stage), await ours(stage)];
  await dies.sleeps.prepare(await dies.sleeps.word(dies.at), { asleep: true });
  const ident = await lives.sleeps.word(lives.at);
  const next = await lives.sleeps.prepare(ident, { asleep: true });
  await checkIn(dies.task, `death of ${stage.name}`, [MAKE_SEND, await dies.task.port(() => {})]);
  const name = await lookUp(lives.task, `death of ${stage.name}`);
  const here = await lives.task.port(() => {});
  const isKnown = new Promise<void>((resolve) => void lives.task.watch(name, here, resolve));
  await dies.task.die();
  await isKnown;
  await lives.sleeps.wakeup(ident, { one: true });
  await next.woken;
  expect(ident.hasSleepers()).toBe(false);
});
