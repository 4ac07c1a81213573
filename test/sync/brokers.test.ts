import { boot, make, move, type Region, type SharedIdent, type System } from 'easync';
import { definePager, servePager, type ServedPager } from 'easync/pager';
import { delayWakeups, prepare, sleep, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { framesOf, mapped } from '../task/memory/futex-lab.ts';

// Words of one memory object as idents, for tasks of several brokers, which share it by way of its pager.

let brokers: SharedBroker[];
/** One task of each broker, and another of the first. */
let systems: [System, System, System];
let pager: ServedPager;
let regions: Region[];
let used = 0;

beforeAll(async () => {
  brokers = await Promise.all([SharedBroker.start(), SharedBroker.start()]);
  const attach = (at: number, label: string): Promise<System> => boot({ socket: brokers[at]?.socket ?? '', label });
  const [first, second] = [await attach(0, 'pager'), await attach(1, 'pager')];
  const bytes = new Uint8Array(8192);
  const store = {
    size: bytes.length,
    read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
    write: (offset: number, data: Uint8Array) => bytes.set(data, offset),
  };
  pager = await servePager(
    definePager(() => ({ objects: { shared: store } })),
    [first, second],
    { name: 'pager' },
  );
  systems = [await attach(0, 'here'), await attach(1, 'there'), await attach(0, 'beside')];
  regions = await Promise.all(systems.map((system) => mapped(system, 'shared')));
  pagerSystems = [first, second];
});

let pagerSystems: System[];

afterAll(async () => {
  for (const region of regions) await region.unmap();
  await pager.end();
  for (const system of [...systems, ...pagerSystems]) await system.dispose();
  for (const broker of brokers) await broker[Symbol.asyncDispose]();
});

/** A word that no test has used, as each task has it: of the first broker, of the second, of the first. */
function word(): [SharedIdent, SharedIdent, SharedIdent] {
  used += 4;
  return regions.map((region) => region.ident(used)) as [SharedIdent, SharedIdent, SharedIdent];
}

test('a wakeup reaches the sleepers of all brokers, and of that domain alone', async () => {
  const [here, there, beside] = word();
  const waiters = await Promise.all([prepare(here), prepare(there), prepare(beside), prepare(there, { domain: 7 })]);
  const [other] = waiters.splice(3);
  await wakeup(there);
  expect(await Promise.all(waiters.map((waiter) => waiter.sleep()))).toEqual([{ code: 0 }, { code: 0 }, { code: 0 }]);
  const asleep = other?.sleep();
  await wakeupDomain(here, 7);
  expect(await asleep).toEqual({ code: 0 });
});

test('where nobody sleeps at any broker a wakeup costs no message, and one that is needed is never spared', async () => {
  const [here, there, beside] = word();
  for (const ident of [here, there, beside]) await wakeup(ident);
  const [first, second, third] = systems;
  const nobody = async (system: System, ident: SharedIdent): Promise<number> =>
    framesOf(system, () => void [wakeup(ident), wakeupOne(ident), wakeup(ident)]);
  expect([await nobody(first, here), await nobody(second, there), await nobody(third, beside)]).toEqual([0, 0, 0]);
  for (let round = 0; round < 20; round += 1) {
    const waiter = await prepare(here);
    void wakeup(round % 2 === 0 ? there : beside);
    expect(await waiter.sleep()).toEqual({ code: 0 });
  }
  // The other broker goes on to tell of wakeups until one has found nobody.
  await until(async () => {
    await wakeup(there);
    return wakeup(there) === undefined;
  });
  expect([await nobody(first, here), await nobody(second, there)]).toEqual([0, 0]);
});

test('one is woken, wherever it sleeps', async () => {
  const [here, there] = word();
  const outcomes: string[] = [];
  const asleep = [here, here, there].map(async (ident, at) => {
    const waiter = await prepare(ident);
    const slept = waiter.sleep();
    await systems[0].task.traps.vm_region(0);
    outcomes.push(`asleep ${at}`);
    await slept;
    outcomes.push(`woken ${at}`);
  });
  await until(() => outcomes.length === 3);
  for (let woken = 1; woken <= 3; woken += 1) {
    await wakeupOne(there);
    await until(() => outcomes.length === 3 + woken);
  }
  await Promise.all(asleep);
  expect(outcomes.length).toBe(6);
});

test('a delayed wakeup reaches its sleepers, though its region is unmapped or its right released before the end', async () => {
  const [here] = word();
  const [first, , beside] = systems;
  const port = first.task.allocate({ label: 'ident' });
  await first.names.register({ name: 'ident', port: move(make.send(port)) });
  const { port: right } = await beside.names.lookUp({ name: 'ident' });
  const region = await mapped(beside, 'shared');
  const asleep = [await prepare(here), await prepare(port)].map((waiter) => waiter.sleep());
  const section = delayWakeups();
  // Neither has been used before: at the end nobody could say any more what they were.
  void [wakeup(region.ident(used)), wakeup(right)];
  right.deallocate();
  await region.unmap();
  await section[Symbol.asyncDispose]();
  expect(await Promise.all(asleep)).toEqual([{ code: 0 }, { code: 0 }]);
  port.destroy();
});

test('what has ended before it was ever used: nobody can sleep there, and a wakeup has nobody to wake', async () => {
  const [first, , beside] = systems;
  const port = first.task.allocate({ label: 'mortal' });
  await first.names.register({ name: 'mortal', port: move(make.send(port)) });
  const { port: right } = await beside.names.lookUp({ name: 'mortal' });
  port.destroy();
  await first.task.traps.vm_region(0);
  await wakeup(right);
  expect(await rejection(prepare(right))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', op: 'prepare' });
  right.deallocate();
  const region = await mapped(beside, 'shared');
  const ident = region.ident(0);
  await region.unmap();
  expect(await rejection(prepare(ident))).toMatchObject({ code: 'ERELEASED' });
});

test('a signal ends a sleep that is not prepared yet: another broker, which has to note it, is stopped', async () => {
  const [here, there] = word();
  const controller = new AbortController();
  const steps: string[] = [];
  const lock = { release: () => void steps.push('release'), reacquire: () => void steps.push('reacquire') };
  brokers[1]?.program.kill('SIGSTOP');
  try {
    const sleeping = sleep(here, { signal: controller.signal, timeoutMs: 60_000, lock });
    await systems[0].task.traps.vm_region(0);
    expect(steps).toEqual([]);
    controller.abort('enough');
    expect(await sleeping).toEqual({ code: 'EINTR', reason: 'enough' });
  } finally {
    brokers[1]?.program.kill('SIGCONT');
  }
  expect(steps).toEqual(['release', 'reacquire']);
  // It is in no queue, whenever that is answered.
  await until(async () => {
    await wakeup(there);
    return wakeup(there) === undefined;
  });
});

test('the pager goes: who sleeps is woken, and nobody can sleep there any more', async () => {
  const [here, there] = word();
  const asleep = [sleep(here), sleep(there)];
  await Promise.all([here, there].map(async (ident) => (await prepare(ident)).remove()));
  await pager.end();
  expect(await Promise.all(asleep)).toEqual([{ code: 0 }, { code: 0 }]);
  await expect(prepare(there)).rejects.toMatchObject({ code: expect.stringMatching(/KERN_MEMORY_ERROR/) as string });
});
