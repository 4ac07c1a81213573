import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';
import { MAPS, mapWords } from './mapped.ts';
import { brokerOfFile } from './broker-of-file.ts';
import { regionOf } from './region.ts';
import { DirectMemory } from './second/direct.ts';
import { FLAG, FutexCalls, locked } from './second/futex-calls.ts';
import { FutexWords } from './second/futex-words.ts';
import { lookUp } from './second/names.ts';
import type { Task } from './second/task.ts';
import { TaskFutex } from './second/task-futex.ts';
import { COPY_SEND, PAGE } from './second/xp.ts';
import { Stage } from './stage.ts';

// A task of ours, at a broker of easync, beside tasks of easync.

const { broker, sys } = await brokerOfFile();

type Ours = { task: Task; memory: DirectMemory; calls: FutexCalls; at: number };

async function ours(stage: Stage): Promise<Ours> {
  const task = await stage.task('task');
  const memory = await DirectMemory.map(task, [COPY_SEND, await lookUp(task, stage.name)], 4 * PAGE);
  return { task, memory, calls: new FutexCalls(task), at: memory.address };
}

describe('by calls', () => {
  test('one owner at a time: of ours, and of easync', async () => {
    await using stage = await Stage.start(broker);
    const [{ calls, at }, region] = [await ours(stage), await regionOf(sys, stage.name)];
    const mine = await calls.lock(at + 8);
    await expect(calls.lock(at + 8)).rejects.toThrow('EDEADLK');
    expect(await region.futex(8).tryLock()).toBeNull();
    expect(await rejection(region.futex(8).lock({ timeoutMs: 1 }))).toMatchObject({ code: 'KERN_TIMEDOUT' });
    const waits = region.futex(8).lock();
    await expect(calls.unlock(at + 8, mine.gen + 1)).rejects.toThrow('EPERM');
    await calls.unlock(at + 8, mine.gen);
    const guard = await waits;
    await expect(calls.unlock(at + 8, 0)).rejects.toThrow('EPERM');
    await expect(calls.lock(at + 8, FLAG.noQueue)).rejects.toThrow('EAGAIN');
    await expect(calls.lock(at + 8, FLAG.timed, 1)).rejects.toThrow('KERN_TIMEDOUT');
    const begun = calls.begin(at + 8);
    await calls.cancel(begun.callId);
    await expect(locked(begun)).rejects.toThrow('KERN_INTERRUPTED');
    await expect(calls.cancel(begun.callId)).rejects.toThrow('KERN_INVALID_ARGUMENT');
    await guard.unlock();
    expect(await calls.lock(at + 8, FLAG.noQueue)).toMatchObject({ ownerDied: false });
    await calls.unlock(at + 8, 0);
    await expect(calls.consistent(at + 8, 0)).rejects.toThrow('EPERM');
    await region.unmap();
  });

  test('what is no word of a region that may be written', async () => {
    await using stage = await Stage.start(broker);
    const { calls, at } = await ours(stage);
    await expect(calls.lock(at + 2)).rejects.toThrow('KERN_INVALID_ADDRESS');
    await expect(calls.lock(at + 4 * PAGE)).rejects.toThrow('KERN_INVALID_ADDRESS');
    await expect(calls.wait(at + 2, 0)).rejects.toThrow('KERN_INVALID_ADDRESS');
    await expect(calls.wait(at, 1)).rejects.toThrow('KERN_INVALID_ARGUMENT');
  });

  test('an owner that dies, of ours and of easync; who has repaired it says so', async () => {
    await using stage = await Stage.start(broker);
    const [dies, lives] = [await ours(stage), await ours(stage)];
    const region = await regionOf(sys, stage.name);
    await dies.calls.lock(dies.at);
    const waits = region.futex(0).lock();
    await dies.task.die();
    const guard = await waits;
    expect(guard.ownerDied).toBe(true);
    const next = lives.calls.lock(lives.at);
    await region.unmap();
    const { gen, ownerDied } = await next;
    expect(ownerDied).toBe(true);
    await lives.calls.consistent(lives.at, gen);
    await expect(lives.calls.consistent(lives.at, gen)).rejects.toThrow('EINVAL');
    await lives.calls.unlock(lives.at, gen);
    expect((await lives.calls.lock(lives.at)).ownerDied).toBe(false);
    await lives.memory.unmap();

    const last = await ours(stage);
    expect((await last.calls.lock(last.at)).ownerDied).toBe(true);
    const other = await regionOf(sys, stage.name);
    const lost = rejection(other.futex(0).lock());
    await last.calls.unlock(last.at, 0);
    expect(await lost).toMatchObject({ code: 'ENOTRECOVERABLE' });
    await expect(last.calls.lock(last.at)).rejects.toThrow('ENOTRECOVERABLE');
    await other.unmap();
  });

  test('what the pager takes away: both are told, and the next one knows', async () => {
    await using stage = await Stage.start(broker);
    const [{ calls, at }, region] = [await ours(stage), await regionOf(sys, stage.name)];
    const loan = stage.pager.futexes.loan(0);
    const guard = await region.futex(0).lock();
    const told = new Promise<void>((resolve) => guard.onFenced(resolve));
    loan.revoke();
    await told;
    expect(await rejection(guard.unlock())).toMatchObject({ code: 'EFENCED' });
    const mine = await calls.lock(at);
    expect(mine.ownerDied).toBe(true);
    expect(mine.gen).toBeGreaterThan(Number(guard.gen));
    await calls.consistent(at, mine.gen);
    const fenced = calls.fenced(at, mine.gen);
    const waits = region.futex(0).lock();
    loan.revoke();
    await fenced;
    expect((await waits).ownerDied).toBe(true);
    await expect(calls.unlock(at, mine.gen)).rejects.toThrow('EFENCED');
    await region.unmap();
  });

  test('sleepers: woken one by one, all, moved to another word; of this address alone', async () => {
    await using stage = await Stage.start(broker);
    const [{ calls, at }, region] = [await ours(stage), await regionOf(sys, stage.name)];
    let woken = 0;
    const sleep = (flags?: number): Promise<number> => calls.wait(at, 0, flags).then(() => (woken += 1));
    await region.read(0, 4);
    const all = [sleep(), sleep(), sleep(), sleep()];
    await until(() => stage.futexes.includes('futex_wait'));
    // The pager's answer came before this page did.
    await region.read(PAGE, 1);
    await region.futex(0).wake();
    await until(() => woken === 1);
    await region.futex(0).requeue(region.futex(4), { wakeOne: true });
    await until(() => woken === 2);
    await region.futex(4).wake();
    await until(() => woken === 3);
    await region.futex(0).wake({ all: true });
    await Promise.all(all);

    const here = sleep(0);
    // The broker, which has the page, compares it before it takes what comes next.
    await calls.wake(at + 8);
    await region.futex(0).wake({ all: true });
    await calls.wake(at, FLAG.shared | FLAG.all);
    expect(woken).toBe(4);
    await calls.wake(at, FLAG.store, 5);
    await here;
    expect([...(await region.read(0, 4))]).toEqual([5, 0, 0, 0]);
    await expect(calls.wait(at, 5, FLAG.shared | FLAG.timed, 1)).rejects.toThrow('KERN_TIMEDOUT');
    const waits = region.futex(0).wait(5);
    await calls.wake(at, FLAG.shared | FLAG.store | FLAG.all, 6);
    expect(['woken', 'changed']).toContain(await waits);
    await region.unmap();
  });
});

describe.runIf(MAPS)('by the word', () => {
  async function mapped(stage: Stage, offset = 0): Promise<Ours & { futex: TaskFutex; words: FutexWords }> {
    const one = await ours(stage);
    const words = new FutexWords(mapWords(one.memory.path), one.task.names.task);
    return { ...one, words, futex: new TaskFutex(one.memory, offset, one.calls, words) };
  }

  test('who has been told where it is needs no call, until somebody else wants it', async () => {
    await using stage = await Stage.start(broker);
    const [{ futex, words }, region] = [await mapped(stage), await regionOf(sys, stage.name)];
    const { gen, word } = await futex.lock();
    expect(word).toBeGreaterThan(0);
    await futex.unlock(gen);
    for (let round = 0; round < 3; round += 1) {
      expect(await futex.lock()).toMatchObject({ gen });
      await futex.unlock(gen);
    }
    expect(futex.byWord).toEqual({ locks: 3, unlocks: 4 });
    expect(words.uses(word)).toBe(3);

    await futex.lock();
    const waits = region.futex(0).lock();
    await until(() => words.peek(word) % 4 === 3);
    await futex.unlock(gen);
    const guard = await waits;
    expect(futex.byWord.unlocks).toBe(4);
    const again = futex.lock();
    await until(() => words.peek(word) % 4 === 3);
    await guard.unlock();
    await again;
    expect(futex.byWord.locks).toBe(4);
    await futex.unlock(gen);
    await region.unmap();
  });

  test('when another kernel wants it the word is shut, and free again when it has come back', async () => {
    await using stage = await Stage.start(broker);
    const [{ futex, words }, kernel] = [await mapped(stage), await stage.kernel()];
    const { gen, word } = await futex.lock();
    await futex.unlock(gen);
    expect(words.peek(word)).toBe(1);
    await kernel.futexes.lock(0, 'a');
    expect(words.peek(word)).toBe(0);
    const waits = futex.lock();
    await until(() => stage.pager.futexes.loan(0).waiting === 1);
    kernel.futexes.keeper(0).unlock('a');
    const later = await waits;
    expect(later.gen).toBeGreaterThan(gen);
    await futex.unlock(later.gen);
    expect(await futex.lock()).toMatchObject({ gen: later.gen, word });
    const theirs = kernel.futexes.lock(0, 'a');
    await until(() => words.peek(word) % 4 === 3);
    await futex.unlock(later.gen);
    expect((await theirs).ownerDied).toBe(false);
  });

  test('who dies having it by the word alone is found: the next one knows', async () => {
    await using stage = await Stage.start(broker);
    const [dies, lives] = [await mapped(stage), await mapped(stage)];
    const kernel = await stage.kernel();
    await dies.futex.unlock((await dies.futex.lock()).gen);
    await dies.futex.lock();
    expect(dies.futex.byWord.locks).toBe(1);
    await dies.task.die();
    const { gen, ownerDied } = await lives.futex.lock();
    expect(ownerDied).toBe(true);
    await lives.calls.consistent(lives.at, gen);
    await lives.futex.unlock(gen);
    await lives.futex.lock();
    expect(lives.futex.byWord.locks).toBe(1);
    await lives.task.die();
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(true);
  });

  test('who has it from an owner that died cannot unlock it by the word before it is repaired', async () => {
    await using stage = await Stage.start(broker);
    const [one, other, third] = [await mapped(stage), await mapped(stage), await mapped(stage)];
    await one.futex.lock();
    await one.task.die();
    const { gen, ownerDied } = await other.futex.lock();
    expect([ownerDied, other.words.peek(other.futex.word) % 4]).toEqual([true, 3]);
    await other.calls.consistent(other.at, gen);
    await other.futex.unlock(gen);
    expect(await third.futex.lock()).toMatchObject({ ownerDied: false });
    await third.task.die();
    expect((await other.futex.lock()).ownerDied).toBe(true);
    await other.futex.unlock(gen);
    await expect(other.futex.lock()).rejects.toThrow('ENOTRECOVERABLE');
    expect(other.words.peek(other.futex.word)).toBe(0);
  });

  test('who was stopped while it was taken away unlocks nothing that it has got since', async () => {
    await using stage = await Stage.start(broker);
    const [{ futex, calls, at, words }, kernel] = [await mapped(stage), await stage.kernel()];
    const { gen, word } = await futex.lock();
    stage.pager.futexes.loan(0).revoke();
    await until(() => words.peek(word) === 0);
    await expect(calls.unlock(at, gen)).rejects.toThrow('EFENCED');
    const { gen: newer } = await calls.lock(at);
    await calls.consistent(at, newer);
    await calls.unlock(at, newer);
    expect(await futex.lock()).toMatchObject({ gen: newer });
    expect(futex.byWord.locks).toBe(1);
    await expect(futex.unlock(gen)).rejects.toThrow('EPERM');
    await futex.unlock(newer);
    expect((await kernel.futexes.lock(0, 'a')).ownerDied).toBe(false);
  });

  test('who finds its version changed takes nothing by the word', async () => {
    await using stage = await Stage.start(broker);
    const { futex, memory, task, words } = await mapped(stage);
    const other = await DirectMemory.map(task, [COPY_SEND, await lookUp(task, stage.name)], PAGE);
    await futex.unlock((await futex.lock()).gen);
    await other.unmap();
    const { gen, word } = await futex.lock();
    expect(futex.byWord.locks).toBe(0);
    await futex.unlock(gen);
    await memory.askAgain();
    expect(await futex.lock()).toMatchObject({ word });
    expect(futex.byWord.locks).toBe(1);
    await memory.unmap();
    expect(words.peek(word)).not.toBe(1);
  });

  test('what the pager takes away is shut; an unlock by the word finds that', async () => {
    await using stage = await Stage.start(broker);
    const { futex, words } = await mapped(stage);
    await futex.unlock((await futex.lock()).gen);
    const { gen, word } = await futex.lock();
    expect(futex.byWord.locks).toBe(1);
    stage.pager.futexes.loan(0).revoke();
    await until(() => words.peek(word) === 0);
    await expect(futex.unlock(gen)).rejects.toThrow('EFENCED');
  });
});
