import { afterAll, beforeAll, expect, test } from 'vitest';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import { Writer } from './second/bytes.ts';
import { XP } from './second/xp.ts';
import { Stage } from './stage.ts';

// Futexes of a pager and of kernels that were written from docs/protocol.md alone, with each other.

let broker: SharedBroker;
beforeAll(async () => (broker = await SharedBroker.start()));
afterAll(() => broker[Symbol.asyncDispose]());

test('a kernel asks once, and hands on among its tasks without a word to the pager', async () => {
  await using stage = await Stage.start(broker);
  const { futexes } = await stage.kernel();
  const first = await futexes.lock(8, 'a');
  expect(first).toEqual({ gen: 1, ownerDied: false });
  const second = futexes.lock(8, 'b');
  await expect(futexes.lock(8, 'a')).rejects.toThrow('EDEADLK');
  await expect(futexes.lock(8, 'c', true)).rejects.toThrow('EAGAIN');
  expect(() => futexes.keeper(8).unlock('b')).toThrow('EPERM');
  futexes.keeper(8).unlock('a');
  expect(await second).toEqual({ gen: 1, ownerDied: false });
  futexes.keeper(8).unlock('b');
  expect((await futexes.lock(8, 'a')).gen).toBe(1);
  expect(stage.futexes).toEqual(['lock_futex']);
});

test('two kernels of which two tasks each want it: one of the four at a time', async () => {
  await using stage = await Stage.start(broker);
  const kernels = [await stage.kernel(), await stage.kernel()];
  const turns: number[] = [];
  let inside = 0;
  const use = async (at: number, user: string): Promise<void> => {
    const { futexes } = kernels[at] ?? (await stage.kernel());
    for (let round = 0; round < 10; round += 1) {
      const { gen } = await futexes.lock(0, user);
      inside += 1;
      expect(inside).toBe(1);
      turns.push(gen);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      futexes.keeper(0).unlock(user);
    }
  };
  await Promise.all([use(0, 'a'), use(0, 'b'), use(1, 'c'), use(1, 'd')]);
  expect(turns).toHaveLength(40);
  expect(turns.toSorted((one, other) => one - other)).toEqual(turns);
  expect(stage.pager.futexes.loan(0).gen).toBeGreaterThan(1);
});

test('what another kernel waits for is not handed on here', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  const others = other.futexes.lock(0, 'c');
  await until(() => one.heard.at(-1) === XP.relinquish_futex);
  const here = one.futexes.lock(0, 'b');
  one.futexes.keeper(0).unlock('a');
  expect((await others).gen).toBe(2);
  await until(() => other.heard.at(-1) === XP.relinquish_futex);
  other.futexes.keeper(0).unlock('c');
  expect((await here).gen).toBe(3);
});

test('three kernels in turn: with the futex each is told that others wait behind it', async () => {
  await using stage = await Stage.start(broker);
  const kernels = [await stage.kernel(), await stage.kernel(), await stage.kernel()] as const;
  await kernels[0].futexes.lock(0, 'a');
  const two = kernels[1].futexes.lock(0, 'a');
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  const three = kernels[2].futexes.lock(0, 'a');
  await until(() => stage.pager.futexes.loan(0).waiting === 2);
  kernels[0].futexes.keeper(0).unlock('a');
  await two;
  kernels[1].futexes.keeper(0).unlock('a');
  expect((await three).gen).toBe(3);
  expect(kernels.map(({ heard }) => heard.filter((number) => number === XP.relinquish_futex).length)).toEqual([
    1, 0, 0,
  ]);
});

test('a recall of another grant than the kernel’s is ignored', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await other.futexes.lock(0, 'b');
  other.futexes.keeper(0).unlock('b');
  await one.futexes.lock(0, 'a');
  one.futexes.keeper(0).unlock('a');
  for (const gen of [1, 3]) {
    const before = one.heard.length;
    stage.pager.futexes.loan(0).holder?.send(XP.relinquish_futex, new Writer().u64(0).u64(gen).u32(0));
    await until(() => one.heard.length > before);
    expect(one.futexes.keeper(0).gen).toBe(2);
  }
});

test('a recall that has crossed the release which it asks for changes nothing', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  one.futexes.keeper(0).unlock('a');
  one.pause();
  const others = other.futexes.lock(0, 'b');
  await until(() => one.unread === 1);
  one.futexes.keeper(0).giveBack();
  const again = one.futexes.lock(0, 'a');
  expect((await others).gen).toBe(2);
  one.resume();
  await until(() => stage.futexes.at(-1) === 'lock_futex');
  expect(one.futexes.keeper(0).isAsked).toBe(true);
  other.futexes.keeper(0).unlock('b');
  expect((await again).gen).toBe(3);
  expect(stage.futexes).toEqual([...['lock_futex', 'lock_futex', 'futex_released', 'lock_futex', 'futex_released']]);
});

test('who cancels gets the futex all the same if it was granted before, and keeps it until it is recalled', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  one.pause();
  const cancelled = one.futexes.lock(0, 'a');
  await until(() => one.unread === 1);
  one.futexes.keeper(0).cancel('a');
  await expect(cancelled).rejects.toThrow('KERN_INTERRUPTED');
  await until(() => stage.futexes.at(-1) === 'cancel_futex');
  one.resume();
  expect(one.futexes.keeper(0).gen).toBe(1);
  expect((await other.futexes.lock(0, 'b')).gen).toBe(2);

  const [first, second] = [one.futexes.lock(0, 'a'), other.futexes.lock(0, 'c')];
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  one.futexes.keeper(0).cancel('a');
  const anew = one.futexes.lock(0, 'd');
  await expect(first).rejects.toThrow('KERN_INTERRUPTED');
  await until(() => one.heard.at(-1) === XP.futex_failed && other.heard.at(-1) === XP.relinquish_futex);
  other.futexes.keeper(0).unlock('b');
  expect((await anew).gen).toBe(3);
  one.futexes.keeper(0).unlock('d');
  expect((await second).gen).toBe(4);
});

test('who does not want to wait is told, and the next try may do: the holder gave it back', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  one.futexes.keeper(0).unlock('a');
  await expect(other.futexes.lock(0, 'b', true)).rejects.toThrow('EAGAIN');
  await until(() => stage.pager.futexes.loan(0).holder === undefined);
  expect(await other.futexes.lock(0, 'b', true)).toEqual({ gen: 2, ownerDied: false });
});

test('an owner that dies: the next one knows, and says that it is repaired, or nobody gets it again', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  const here = one.futexes.lock(0, 'b');
  one.futexes.keeper(0).gone('a');
  expect(await here).toEqual({ gen: 1, ownerDied: true });
  one.futexes.keeper(0).consistent('b');
  expect(() => one.futexes.keeper(0).consistent('b')).toThrow('EINVAL');
  one.futexes.keeper(0).unlock('b');
  expect((await one.futexes.lock(0, 'a')).ownerDied).toBe(false);
  one.futexes.keeper(0).gone('a');
  expect(await other.futexes.lock(0, 'c')).toEqual({ gen: 2, ownerDied: true });
  const waits = [other.futexes.lock(0, 'd'), one.futexes.lock(0, 'a')];
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  other.futexes.keeper(0).unlock('c');
  for (const lock of [...waits, one.futexes.lock(0, 'e')]) await expect(lock).rejects.toThrow('ENOTRECOVERABLE');
  expect(stage.pager.futexes.loan(0).gen).toBe(2);
});

test('a kernel that dies, or finishes, leaves a futex that it had to the next', async () => {
  await using stage = await Stage.start(broker);
  const [one, other, third] = [await stage.kernel(), await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  const queued = other.futexes.lock(0, 'b');
  const waits = third.futexes.lock(0, 'c');
  await until(() => stage.pager.futexes.loan(0).waiting === 2);
  other.terminate();
  await expect(queued).rejects.toThrow('KERN_MEMORY_ERROR');
  await stage.tasks.at(1)?.die();
  expect(await waits).toEqual({ gen: 2, ownerDied: true });
  third.futexes.keeper(0).consistent('c');
  third.futexes.keeper(0).unlock('c');
  third.terminate();
  await until(() => stage.pager.kernels.size === 0);
  expect(await (await stage.kernel()).futexes.lock(0, 'd')).toEqual({ gen: 3, ownerDied: false });
});

test('a futex that is taken away: what comes by the old grant is refused, and its owner is told', async () => {
  await using stage = await Stage.start(broker);
  const [one, other] = [await stage.kernel(), await stage.kernel()];
  await one.futexes.lock(0, 'a');
  const waits = [other.futexes.lock(0, 'b'), one.futexes.lock(0, 'c')] as const;
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  stage.pager.futexes.loan(0).revoke();
  expect(await waits[0]).toEqual({ gen: 2, ownerDied: true });
  await until(() => stage.pager.futexes.loan(0).waiting === 1);
  one.send(XP.futex_released, new Writer().u64(0).u64(1).u8(2));
  await until(() => stage.futexes.at(-1) === 'futex_released');
  expect(stage.pager.futexes.loan(0).gen).toBe(2);
  expect(() => one.futexes.keeper(0).unlock('a')).toThrow('EFENCED');
  expect(() => one.futexes.keeper(0).unlock('a')).toThrow('EPERM');
  other.futexes.keeper(0).consistent('b');
  other.futexes.keeper(0).unlock('b');
  expect(await waits[1]).toEqual({ gen: 3, ownerDied: false });
});

test('a sleeper is woken from another kernel, one of many or all, and nothing is remembered', async () => {
  await using stage = await Stage.start(broker);
  const kernels = [await stage.kernel(), await stage.kernel(), await stage.kernel()] as const;
  const [waker, ...others] = kernels;
  await waker.write(0, Buffer.of(1, 0, 0, 0));
  // Hears of wakeups from now on, and has nobody whom they wake.
  await expect(others[0].sleep(0, 2)).rejects.toThrow('KERN_INVALID_ARGUMENT');
  const only = others[1].sleep(0, 1);
  await until(() => others[1].futexes.sleepers(0).count === 1);
  waker.futexes.sleepers(0).wake(false);
  await only;
  await until(() => stage.pager.futexes.wakeups(0).waiting === 0);

  let woken = 0;
  const sleep = (kernel: (typeof others)[number]): Promise<number> => kernel.sleep(0, 1).then(() => (woken += 1));
  const sleeps = [...others, ...others].map(sleep);
  await until(() => others.every((kernel) => kernel.futexes.sleepers(0).count === 2));
  for (const count of [1, 2]) {
    waker.futexes.sleepers(0).wake(false);
    await until(() => woken === count);
  }
  waker.futexes.sleepers(0).wake(true);
  await Promise.all(sleeps);
  await until(() => stage.pager.futexes.wakeups(0).waiting === 0);
  waker.futexes.sleepers(0).wake(false);
  await until(() => stage.futexes.at(-1) === 'futex_wake');
  const last = sleep(others[1]);
  await until(() => others[1].futexes.sleepers(0).count === 1);
  expect(woken).toBe(4);
  await waker.write(0, Buffer.of(2));
  waker.futexes.sleepers(0).wake(false);
  await last;
});
