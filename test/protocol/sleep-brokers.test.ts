import { boot, type Region, type System } from 'easync';
import { prepare, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { regionOf } from './region.ts';
import { Writer } from './second/bytes.ts';
import { checkIn } from './second/names.ts';
import { Task } from './second/task.ts';
import { MAKE_SEND, PAGE, XP } from './second/xp.ts';
import { Shelf } from './shelf.ts';
import { Stage } from './stage.ts';

// Kernels that sleep and wake by one pager: brokers of easync and kernels of ours, by a pager of ours and one of the library.

let brokers: SharedBroker[];
let here: System;
let there: System;
beforeAll(async () => {
  brokers = await Promise.all([SharedBroker.start(), SharedBroker.start()]);
  [here, there] = (await Promise.all(brokers.map(({ socket }) => boot({ socket })))) as [System, System];
});
afterAll(async () => {
  for (const sys of [here, there]) await sys.dispose();
  for (const broker of brokers) await broker[Symbol.asyncDispose]();
});

const first = (): SharedBroker => brokers[0] as SharedBroker;

describe.each([
  { pager: 'a pager of ours', start: (): Promise<Stage | Shelf> => Stage.start(first()) },
  { pager: 'a pager of the library', start: (): Promise<Stage | Shelf> => Shelf.serve(here, first().socket) },
])('$pager, a broker and kernels of ours', ({ start }) => {
  test('who prepares is told when every other kernel has noted it, and one that joins meanwhile', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(here, placed.name)];
    using ident = region.ident(8);
    kernel.pause();
    let isPrepared = false;
    const waits = Promise.resolve(prepare(ident)).then((waiter) => {
      isPrepared = true;
      return waiter.sleep();
    });
    await until(() => kernel.unread === 1);
    const late = await placed.kernel();
    // It is told before it is ready: what is in the object nobody there can change before.
    expect(late.sleeps.isElsewhere(8)).toBe(true);
    await region.read(3 * PAGE, 1);
    expect([isPrepared, kernel.sleeps.isElsewhere(8)]).toEqual([false, false]);
    kernel.resume();
    expect(kernel.sleeps.isElsewhere(8)).toBe(true);
    await until(() => isPrepared);
    late.sleeps.wakeup(8);
    expect(await waits).toEqual({ code: 0 });
    await region.unmap();
  });

  test('wakeups cross: of all, of one wherever it sleeps, of a domain, and with nobody asleep none', async () => {
    await using placed = await start();
    const [kernel, other] = [await placed.kernel(), await placed.kernel()];
    const region = await regionOf(here, placed.name);
    using ident = region.ident(8);
    kernel.sleeps.wakeup(8);
    expect([kernel.sleeps.told, await wakeup(ident)]).toEqual([0, undefined]);

    const tasks = [await kernel.sleeps.prepare(8, true), await other.sleeps.prepare(8, true)];
    const waiter = await prepare(ident);
    const waits = waiter.sleep();
    kernel.sleeps.wakeup(8);
    await Promise.all([waits, ...tasks.map(({ woken }) => woken)]);

    const only = await other.sleeps.prepare(8);
    const sleeper = await kernel.sleeps.prepare(8, true);
    await wakeupOne(ident);
    await sleeper.woken;
    await waiter.prepare(ident);
    const again = waiter.sleep();
    other.sleeps.wakeup(8);
    await Promise.all([again, only.woken]);

    await waiter.prepare(ident, { domain: 7 });
    const apart = waiter.sleep();
    kernel.sleeps.wakeup(8);
    kernel.sleeps.wakeup(8, true, 7);
    expect(await apart).toEqual({ code: 0 });
    await region.unmap();
  });

  test('a wakeup that goes nowhere ends the interest; the next sleeper is heard anew', async () => {
    await using placed = await start();
    const [kernel, region] = [await placed.kernel(), await regionOf(here, placed.name)];
    using ident = region.ident(8);
    for (let round = 0; round < 3; round += 1) {
      const waits = (await prepare(ident)).sleep();
      expect(kernel.sleeps.isElsewhere(8)).toBe(true);
      kernel.sleeps.wakeup(8);
      expect(await waits).toEqual({ code: 0 });
      await until(() => {
        kernel.sleeps.wakeup(8);
        return !kernel.sleeps.isElsewhere(8);
      });
      const task = await kernel.sleeps.prepare(8, true);
      await wakeup(ident);
      await task.woken;
    }
    await region.unmap();
  });

  test('a kernel that is gone has noted everything, and woken nobody: the next one is', async () => {
    await using placed = await start();
    const [dies, ends] = [await placed.kernel(), await placed.kernel()];
    const region = await regionOf(here, placed.name);
    using ident = region.ident(8);
    await dies.sleeps.prepare(8, true);
    await ends.sleeps.prepare(8, true);
    for (const kernel of [dies, ends]) kernel.pause();
    const waiter = prepare(ident, { domain: 7 });
    await until(() => dies.unread > 0 && ends.unread > 0);
    ends.terminate();
    await placed.tasks.at(-2)?.die();
    const waits = (await waiter).sleep();
    const [next, mine] = [await placed.kernel(), await placed.kernel()];
    const task = await next.sleeps.prepare(8, true);
    mine.sleeps.wakeup(8, true);
    await task.woken;
    await wakeupDomain(ident, 7);
    expect(await waits).toEqual({ code: 0 });
    await region.unmap();
  });

  test('an answer that is not given because it is no question', async () => {
    await using placed = await start();
    const [kernel, other] = [await placed.kernel(), await placed.kernel()];
    const { codes } = kernel.sleeps;
    other.pause();
    const ask = (reqId: number, offset: number): void =>
      kernel.send(XP.interest, new Writer().u64(reqId).u64(offset).u32(0));
    for (const reqId of [1, 2]) ask(reqId, 8);
    ask(3, 4 * PAGE);
    kernel.send(XP.interest_noted, new Writer().u64(99).u64(8).u32(0));
    kernel.send(XP.woken_completed, new Writer().u64(99).u64(8).u32(0).bool(true).bool(false));
    await until(() => codes.length === 2);
    expect(codes).toEqual(['KERN_INVALID_ARGUMENT', 'KERN_MEMORY_ERROR']);
    other.resume();
    await until(() => codes.length === 3);
    expect(codes.at(-1)).toBe('');
  });
});

/** The pager serves both brokers, and tasks of both map what it serves. */
async function between(stage: Stage): Promise<{ pager: Task; regions: [Region, Region] }> {
  const pager = await Task.attach((brokers[1] as SharedBroker).socket, 'pager');
  await checkIn(pager, stage.name, [MAKE_SEND, await stage.pager.serveAt(pager)]);
  stage.tasks.push(pager);
  return { pager, regions: [await regionOf(here, stage.name), await regionOf(there, stage.name)] };
}

describe('a pager of ours between two brokers', () => {
  test('turns: neither sleeps through what it waits for', async () => {
    await using stage = await Stage.start(first());
    const { regions } = await between(stage);
    const rounds = 10;
    const play = async (region: Region, me: number): Promise<void> => {
      using ident = region.ident(8);
      for (let turn = me; turn < rounds; turn += 2) {
        for (;;) {
          using waiter = await prepare(ident);
          const [at = 0] = await region.read(8, 1);
          if (at === turn) break;
          await waiter.sleep();
        }
        await region.write(8, Uint8Array.of(turn + 1));
        await (turn % 4 < 2 ? wakeup(ident) : wakeupOne(ident));
      }
    };
    await Promise.all(regions.map(play));
    expect((await regions[0].read(8, 1))[0]).toBe(rounds);
    for (const region of regions) await region.unmap();
  });

  test('the pager that dies wakes who sleeps at both, and nobody is prepared again', async () => {
    await using stage = await Stage.start(first());
    const { pager, regions } = await between(stage);
    const idents = regions.map((region) => region.ident(8));
    const waits = await Promise.all(
      idents.map(async (ident) => {
        const waiter = await prepare(ident);
        return { waiter, slept: waiter.sleep() };
      }),
    );
    await Promise.all([stage.pagerTask.die(), pager.die()]);
    for (const { waiter, slept } of waits) expect([await slept, waiter]).toEqual([{ code: 0 }, waiter]);
    for (const ident of idents) await expect(prepare(ident)).rejects.toMatchObject({ code: 'KERN_MEMORY_ERROR' });
    for (const region of regions) await region.unmap();
  });

  test('a broker that is killed has noted everything; its sleepers count no more', async () => {
    await using stage = await Stage.start(first());
    const killed = await SharedBroker.start();
    const task = await Task.attach(killed.socket, 'pager');
    await checkIn(task, stage.name, [MAKE_SEND, await stage.pager.serveAt(task)]);
    const lost = await boot({ socket: killed.socket });
    const [mine, theirs] = [await regionOf(here, stage.name), await regionOf(lost, stage.name)];
    const [ident, gone] = [mine.ident(8), theirs.ident(8)];
    const asleep = (await prepare(gone)).sleep();
    expect(stage.pager.interests.place(8).sleepers).toBe(1);
    killed.program.kill('SIGSTOP');
    const waiter = prepare(ident);
    await until(() => stage.pager.interests.place(8).sleepers === 2);
    killed.program.kill();
    const waits = (await waiter).sleep();
    expect(stage.pager.interests.place(8).sleepers).toBe(1);
    expect(await asleep).toEqual({ code: 0 });
    await wakeup(ident);
    expect(await waits).toEqual({ code: 0 });
    await mine.unmap();
    await lost.dispose();
    await killed[Symbol.asyncDispose]();
  });
});
