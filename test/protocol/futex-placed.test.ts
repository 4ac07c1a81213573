import { boot, type Region } from 'easync';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';
import { brokerOfFile } from './broker-of-file.ts';
import { regionOf } from './region.ts';
import type { Kernel } from './second/kernel.ts';
import { Writer } from './second/bytes.ts';
import { PAGE, XP } from './second/xp.ts';
import { Shelf } from './shelf.ts';
import { Stage } from './stage.ts';

// A broker of easync and a kernel of ours want the same futexes: of a pager of ours, and of one of the library.

const { broker, sys } = await brokerOfFile();

describe.each([
  { pager: 'a pager of ours', start: (): Promise<Stage | Shelf> => Stage.start(broker) },
  { pager: 'a pager of the library', start: (): Promise<Stage | Shelf> => Shelf.serve(sys, broker.socket) },
])('futexes of $pager', ({ start }) => {
  test('two kernels count under one futex, and lose nothing', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    const rounds = 10;
    const here = async (user: string): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await kernel.futexes.lock(16, user);
        const [before = 0] = await kernel.read(20, 1);
        await kernel.write(20, Buffer.of(before + 1));
        kernel.futexes.keeper(16).unlock(user);
      }
    };
    const there = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const guard = await region.futex(16).lock();
        const [before = 0] = await region.read(20, 1);
        await region.write(20, Uint8Array.of(before + 1));
        await guard.unlock();
      }
    };
    await Promise.all([here('a'), here('b'), there()]);
    expect((await kernel.read(20, 1))[0]).toBe(3 * rounds);
    await region.unmap();
  });

  test('generations rise from kernel to kernel; who does not want to wait makes the next try do', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    const { gen } = await kernel.futexes.lock(0, 'a');
    expect(await region.futex(0).tryLock()).toBeNull();
    await until(() => kernel.heard.at(-1) === XP.relinquish_futex);
    const waits = region.futex(0).lock();
    kernel.futexes.keeper(0).unlock('a');
    const guard = await waits;
    expect(guard.gen).toBeGreaterThan(BigInt(gen));
    await expect(kernel.futexes.lock(0, 'a', true)).rejects.toThrow('EAGAIN');
    await guard.unlock();
    expect((await kernel.futexes.lock(0, 'a')).gen).toBeGreaterThan(Number(guard.gen));
    await region.unmap();
  });

  test('what a task of the other kernel waits for is not handed on among our own', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    const mine = await region.futex(0).lock();
    const order: string[] = [];
    const theirs = kernel.futexes.lock(0, 'a').then(() => order.push('kernel'));
    await using other = await boot({ socket: broker.socket });
    const others = await regionOf(other, placed.name);
    await recalled(kernel, region);
    const next = Promise.resolve(others.futex(0).lock()).then((guard) => {
      order.push('broker');
      return guard;
    });
    // Behind that on the same link.
    await others.futex(4).tryLock();
    await mine.unlock();
    await theirs;
    expect(order).toEqual(['kernel']);
    kernel.futexes.keeper(0).unlock('a');
    await (await next).unlock();
    await others.unmap();
    await region.unmap();
  });

  test('a recall that has crossed the release which it asks for changes nothing', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    await kernel.futexes.lock(0, 'a');
    kernel.futexes.keeper(0).unlock('a');
    kernel.pause();
    const waits = region.futex(0).lock();
    await until(() => kernel.unread === 1);
    kernel.futexes.keeper(0).giveBack();
    const again = kernel.futexes.lock(0, 'a');
    const guard = await waits;
    kernel.resume();
    expect(kernel.futexes.keeper(0).isAsked).toBe(true);
    await guard.unlock();
    await again;
    kernel.futexes.keeper(0).unlock('a');
    await region.unmap();
  });

  test('a cancel that crosses its grant: the futex is there, and goes back when it is recalled', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    kernel.pause();
    const cancelled = kernel.futexes.lock(0, 'a');
    await until(() => kernel.unread === 1);
    kernel.futexes.keeper(0).cancel('a');
    await expect(cancelled).rejects.toThrow('KERN_INTERRUPTED');
    kernel.resume();
    const guard = await region.futex(0).lock();
    const waits = kernel.futexes.lock(0, 'a');
    await recalled(kernel, region);
    kernel.futexes.keeper(0).cancel('a');
    await expect(waits).rejects.toThrow('KERN_INTERRUPTED');
    await until(() => kernel.heard.at(-1) === XP.futex_failed);
    await guard.unlock();
    await region.unmap();
  });

  test('a task of easync that waits no more keeps nobody from it', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    await kernel.futexes.lock(0, 'a');
    expect(await rejection(region.futex(0).lock({ timeoutMs: 1 }))).toMatchObject({ code: 'KERN_TIMEDOUT' });
    kernel.futexes.keeper(0).unlock('a');
    await kernel.futexes.lock(0, 'a');
    kernel.futexes.keeper(0).unlock('a');
    await (await region.futex(0).lock()).unlock();
    await region.unmap();
  });

  test('an owner that dies, in either kernel; and who does not repair it', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    await kernel.futexes.lock(0, 'a');
    const waits = region.futex(0).lock();
    kernel.futexes.keeper(0).gone('a');
    const guard = await waits;
    expect(guard.ownerDied).toBe(true);
    guard.consistent();
    await guard.unlock();
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(false);
    kernel.futexes.keeper(0).unlock('a');

    const dies = await boot({ socket: broker.socket });
    const theirs = await regionOf(dies, placed.name);
    await theirs.futex(0).lock();
    await dies.dispose();
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(true);
    const lost = rejection(region.futex(0).lock());
    await until(() => kernel.heard.at(-1) === XP.relinquish_futex);
    kernel.futexes.keeper(0).unlock('a');
    expect(await lost).toMatchObject({ code: 'ENOTRECOVERABLE' });
    await expect(kernel.futexes.lock(0, 'a')).rejects.toThrow('ENOTRECOVERABLE');
    await region.unmap();
  });

  test('a kernel that dies with it leaves it to the other; one that finishes leaves it clean', async () => {
    await using placed = await start();
    const [dies, kernel] = [await placed.kernel(), await placed.kernel()];
    const region = await regionOf(sys, placed.name);
    await dies.futexes.lock(0, 'a');
    const waits = region.futex(0).lock();
    await until(() => dies.heard.at(-1) === XP.relinquish_futex);
    await placed.tasks.at(-2)?.die();
    const guard = await waits;
    expect(guard.ownerDied).toBe(true);
    guard.consistent();
    await guard.unlock();
    await region.unmap();
    expect((await kernel.futexes.lock(0, 'b')).ownerDied).toBe(false);
    kernel.futexes.keeper(0).unlock('b');
    kernel.terminate();
    const again = await regionOf(sys, placed.name);
    expect((await again.futex(0).lock()).ownerDied).toBe(false);
    await again.unmap();
  });

  test('sleepers of each kernel are woken by tasks of the other', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(sys, placed.name)];
    await region.write(0, Uint8Array.of(7, 0, 0, 0));
    await expect(kernel.sleep(0, 8)).rejects.toThrow('KERN_INVALID_ARGUMENT');
    const sleeps = [kernel.sleep(0, 7), kernel.sleep(0, 7), kernel.sleep(0, 7)];
    await until(() => kernel.futexes.sleepers(0).count === 3);
    await region.futex(0).wake();
    await sleeps[0];
    await region.futex(0).wake({ all: true, value: 8 });
    await Promise.all(sleeps);
    expect((await kernel.read(0, 1))[0]).toBe(8);

    const changed = await region.futex(0).wait(7);
    expect(changed).toBe('changed');
    const wait = region.futex(0).wait(8);
    await kernel.write(0, Buffer.of(9));
    kernel.futexes.sleepers(0).wake(false);
    expect(['woken', 'changed']).toContain(await wait);
    await region.unmap();
  });
});

test('what a pager of the library takes away from a kernel of ours: its owner is told, and the next one knows', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket, { budgetMs: 1 });
  const [kernel, region] = [await shelf.kernel(), await regionOf(sys, shelf.name)];
  const { gen } = await kernel.futexes.lock(0, 'a');
  const guard = await region.futex(0).lock();
  expect([guard.ownerDied, guard.gen > BigInt(gen)]).toEqual([true, true]);
  await until(() => kernel.heard.at(-1) === XP.futex_fenced);
  kernel.send(XP.futex_released, new Writer().u64(0).u64(gen).u8(2));
  expect(() => kernel.futexes.keeper(0).unlock('a')).toThrow('EFENCED');
  expect(kernel.futexes.keeper(0).gen).toBe(0);
  guard.consistent();
  await guard.unlock();
  await region.unmap();
});

test('a pager of the library that recalls at once gets it back after each use', async () => {
  await using shelf = await Shelf.serve(sys, broker.socket, { recallAtOnce: true });
  const kernel = await shelf.kernel();
  const { gen } = await kernel.futexes.lock(0, 'a');
  const here = kernel.futexes.lock(0, 'b');
  kernel.futexes.keeper(0).unlock('a');
  expect((await here).gen).toBeGreaterThan(gen);
});

test('a pager that has no room for one more says so: to who wants to lock, and to who wants to sleep', async () => {
  await using stage = await Stage.start(broker);
  stage.pager.futexes.room = 1;
  const [kernel, region] = [await stage.kernel(), await regionOf(sys, stage.name)];
  await (await region.futex(0).lock()).unlock();
  await expect(kernel.futexes.lock(4, 'a')).rejects.toThrow('KERN_RESOURCE_SHORTAGE');
  await expect(kernel.sleep(4, 0)).rejects.toThrow('KERN_RESOURCE_SHORTAGE');
  expect(await rejection(region.futex(4).lock())).toMatchObject({ code: 'KERN_RESOURCE_SHORTAGE' });
  expect(await rejection(region.futex(4).wait(0))).toMatchObject({ code: 'KERN_RESOURCE_SHORTAGE' });
  stage.pager.futexes.room = 2;
  await (await region.futex(4).lock()).unlock();
  await kernel.futexes.lock(4, 'a');
  await region.unmap();
});

test('a broker ignores what is about another grant, and asks anew for what was taken away while nobody had it', async () => {
  await using stage = await Stage.start(broker);
  const [kernel, region] = [await stage.kernel(), await regionOf(sys, stage.name)];
  const loan = stage.pager.futexes.loan(0);
  const first = await region.futex(0).lock();
  for (const gen of [0, 2]) {
    loan.holder?.send(XP.relinquish_futex, new Writer().u64(0).u64(gen).u32(0));
    loan.holder?.send(XP.futex_fenced, new Writer().u64(0).u64(gen));
    loan.holder?.send(XP.futex_granted, new Writer().u64(99).u64(0).u64(9).u8(0).bool(true));
  }
  await region.read(PAGE, 1);
  await first.unlock();
  const second = await region.futex(0).lock();
  expect([second.gen, stage.futexes]).toEqual([1n, ['lock_futex']]);
  await second.unlock();

  loan.revoke();
  await region.read(2 * PAGE, 1);
  const third = await region.futex(0).lock();
  expect([third.gen, third.ownerDied]).toEqual([2n, true]);
  third.consistent();
  const waits = kernel.futexes.lock(0, 'a');
  await recalled(kernel, region);
  await third.unlock();
  expect(await waits).toEqual({ gen: 3, ownerDied: false });
  await region.unmap();
});

test('a broker that finishes with an object has given its futexes back before', async () => {
  await using stage = await Stage.start(broker);
  const region = await regionOf(sys, stage.name);
  await (await region.futex(0).lock()).unlock();
  await region.futex(4).lock();
  const waits = rejection(region.futex(4).lock());
  await region.unmap();
  await until(() => stage.pager.heard.at(-1) === XP.terminate);
  expect(stage.futexes).toEqual(['lock_futex', 'lock_futex', 'futex_released', 'futex_released']);
  expect([0, 4].map((offset) => stage.pager.futexes.loan(offset).state)).toEqual([0, 1]);
  await waits;
});

/** What the kernel has asked for has reached the pager, and what the pager has told the broker about it the broker. */
async function recalled(kernel: Kernel, region: Region): Promise<void> {
  await kernel.read(2 * PAGE, 1);
  await region.read(3 * PAGE, 1);
}
