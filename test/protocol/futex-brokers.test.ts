import { boot, type Region } from 'easync';
import { expect, test } from 'vitest';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { regionOf } from './region.ts';
import { checkIn } from './second/names.ts';
import { Task } from './second/task.ts';
import { MAKE_SEND } from './second/xp.ts';
import { Stage } from './stage.ts';

// Two brokers and a kernel of ours, with one pager of ours between them.

test('tasks of two brokers and of a kernel of ours count, sleep and wake under futexes of one pager', async () => {
  const brokers = await Promise.all([SharedBroker.start(), SharedBroker.start()]);
  await using first = brokers[0];
  await using second = brokers[1];
  await using stage = await Stage.start(first);
  await using here = await boot({ socket: first.socket });
  await using there = await boot({ socket: second.socket });
  const pager = await Task.attach(second.socket, 'pager');
  await checkIn(pager, stage.name, [MAKE_SEND, await stage.pager.serveAt(pager)]);
  const [kernel, ...regions] = [
    await stage.kernel(),
    await regionOf(here, stage.name),
    await regionOf(there, stage.name),
  ] as const;

  const rounds = 8;
  const count = async (region: Region): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const guard = await region.futex(0).lock();
      const [before = 0] = await region.read(8, 1);
      await region.write(8, Uint8Array.of(before + 1));
      await guard.unlock();
    }
  };
  const countOurs = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await kernel.futexes.lock(0, 'a');
      const [before = 0] = await kernel.read(8, 1);
      await kernel.write(8, Buffer.of(before + 1));
      kernel.futexes.keeper(0).unlock('a');
    }
  };
  await Promise.all([...regions.map(count), countOurs()]);
  expect((await kernel.read(8, 1))[0]).toBe(3 * rounds);

  const sleeps = regions.map((region) => region.futex(4).wait(0));
  await kernel.write(4, Buffer.of(1));
  kernel.futexes.sleepers(4).wake(true);
  for (const outcome of await Promise.all(sleeps)) expect(['woken', 'changed']).toContain(outcome);

  const guard = await regions[0].futex(0).lock();
  const waits = [regions[1].futex(0).lock(), kernel.futexes.lock(0, 'a')] as const;
  await until(() => stage.pager.futexes.loan(0).waiting === 2);
  await here.dispose();
  expect(guard.isHeld).toBe(false);
  const [theirs, ours] = await Promise.race([
    Promise.resolve(waits[0]).then((lock) => [lock, undefined] as const),
    waits[1].then((held) => [undefined, held] as const),
  ]);
  expect(theirs?.ownerDied ?? ours?.ownerDied).toBe(true);
  if (theirs !== undefined) {
    theirs.consistent();
    await theirs.unlock();
    expect((await waits[1]).ownerDied).toBe(false);
  } else {
    kernel.futexes.keeper(0).consistent('a');
    kernel.futexes.keeper(0).unlock('a');
    expect((await waits[0]).ownerDied).toBe(false);
  }
  await pager.detach();
});

test('a broker that is killed while a task of its has a futex leaves it to the other', async () => {
  await using first = await SharedBroker.start();
  const second = await SharedBroker.start();
  await using stage = await Stage.start(first);
  await using here = await boot({ socket: first.socket });
  const there = await boot({ socket: second.socket });
  const pager = await Task.attach(second.socket, 'pager');
  await checkIn(pager, stage.name, [MAKE_SEND, await stage.pager.serveAt(pager)]);
  const [mine, theirs] = [await regionOf(here, stage.name), await regionOf(there, stage.name)];
  const lost = await theirs.futex(0).lock();
  const told = new Promise<void>((resolve) => lost.onFenced(resolve));
  const waits = mine.futex(0).lock();
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  second.program.kill();
  await told;
  const guard = await waits;
  expect([guard.ownerDied, guard.gen > lost.gen]).toEqual([true, true]);
  await mine.unmap();
  await there.dispose();
  await second[Symbol.asyncDispose]();
});
