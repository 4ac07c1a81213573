import { afterAll, beforeAll, expect, test } from 'vitest';
import { heldFutex, sleep, wakeup } from 'easync/sync';
import { rejection } from '../support/rejection.ts';
import { FutexLab } from '../task/memory/futex-lab.ts';
import { isSettled } from './settled.ts';

// A sleep that lets go of a futex (mtxsleep, lwkt.md §2.5).

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

test('somebody else has the futex meanwhile; the sleeper has it again before it goes on, with another guard', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes(8);
  const ident = {};
  const first = await mine.lock();
  const lock = heldFutex(mine, first);
  const sleeping = sleep(ident, { lock });
  const other = await theirs.lock();
  wakeup(ident);
  expect(await isSettled(sleeping)).toBe(false);
  await other.unlock();
  expect(await sleeping).toEqual({ code: 0 });
  expect([first.isHeld, lock.guard.isHeld]).toEqual([false, true]);
  expect(lock.guard.gen).toBeGreaterThanOrEqual(first.gen);
  await lock.guard.unlock();
});

test('after a timeout it is held, too', async () => {
  await using object = await lab.object();
  const [futex] = object.futexes(8);
  const lock = heldFutex(futex, await futex.lock());
  expect(await sleep({}, { lock, timeoutMs: 1 })).toEqual({ code: 'EWOULDBLOCK' });
  expect(lock.guard.isHeld).toBe(true);
  await lock.guard.unlock();
});

test('the guard of another futex is refused: it would be let go of for this one', async () => {
  await using object = await lab.object();
  const [futex] = object.futexes(8);
  const [other] = object.futexes(12);
  using guard = await other.lock();
  expect(() => heldFutex(futex, guard)).toThrow(expect.objectContaining({ code: 'EINVAL', op: 'heldFutex' }));
  // Of the same one, by whichever handle.
  expect(heldFutex(object.regions[0].futex(12), guard).guard).toBe(guard);
});

test('a guard that is released already: it has not slept', async () => {
  await using object = await lab.object();
  const [futex] = object.futexes(8);
  const guard = await futex.lock();
  await guard.unlock();
  const lock = heldFutex(futex, guard);
  expect(await rejection(sleep({}, { lock }))).toMatchObject({ code: 'ERELEASED' });
  expect(lock.guard).toBe(guard);
});
