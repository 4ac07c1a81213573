import { expect, test } from 'vitest';
import type { MemoryControl } from '../../../src/pager/memory-control.ts';
import { Rig } from '../../broker/rig.ts';
import { until } from '../../support/until.ts';
import { kernelOf, PAGES } from '../by-hand.ts';

test('every call about a futex comes as it is, but for what can be about none', async () => {
  await using rig = await Rig.start();
  const heard: unknown[] = [];
  let control: MemoryControl | undefined;
  const { kernel, end } = await kernelOf(rig, {
    ...PAGES,
    init: (one) => (control = one).ready(true, 'none'),
    lockFutex: (_one, offset, { reqId, noQueue }) => heard.push('lock', offset, reqId, noQueue),
    cancelFutex: (_one, offset, { reqId }) => heard.push('cancel', offset, reqId),
    futexReleased: (_one, offset, { gen, state }) => heard.push('released', offset, gen, state),
    futexWait: (_one, offset, { reqId }) => heard.push('wait', offset, reqId),
    futexWake: (_one, offset, { broadcast }) => heard.push('wake', offset, broadcast),
    futexWakeCompleted: (one, offset, { reqId, woke, waits }) => {
      heard.push('completed', offset, reqId, woke, waits, one === control);
    },
  });
  for (const offset of [2, 8]) {
    kernel.say({ kind: 'memory_object_lock_futex', reqId: 1, offset, flags: 1 });
    kernel.say({ kind: 'memory_object_cancel_futex', reqId: 1, offset });
    for (const state of [1, 3]) kernel.released(5, { offset, state });
    kernel.say({ kind: 'memory_object_futex_wait', reqId: 2, offset });
    kernel.say({ kind: 'memory_object_futex_wake', offset, broadcast: true });
    kernel.say({ kind: 'memory_object_futex_wake_completed', reqId: 3, offset, woke: true, waits: false });
  }
  await until(() => heard.includes('completed'));
  const locks = ['lock', 8, 1, true, 'cancel', 8, 1, 'released', 8, 5, 'ownerDied'];
  expect(heard).toEqual([...locks, 'wait', 8, 2, 'wake', 8, true, 'completed', 8, 3, true, false, true]);
  await end();
});

test('all there is to say of a futex can be said by hand', async () => {
  await using rig = await Rig.start();
  const { kernel, end } = await kernelOf(rig, {
    ...PAGES,
    lockFutex(control, offset, { reqId }) {
      control.futexGranted(offset, { reqId, gen: 2 ** 40 });
      control.relinquishFutex(offset, { gen: 2 ** 40, budgetMs: 70 });
      control.futexFenced(offset, 2 ** 40);
      control.futexGranted(offset, { reqId, gen: 2 ** 41, state: 'ownerDied', recall: true });
      control.relinquishFutex(offset, { gen: 2 ** 41 });
      control.futexFailed(offset, { reqId, code: 'ENOTRECOVERABLE' });
      control.futexWaiting(offset, 9);
      control.futexWoken(offset, { reqId: 10, broadcast: true });
      expect(() => control.futexFenced(offset + 1, 1)).toThrow('a futex is at a multiple of 4, and 5 is none');
    },
  });
  kernel.lock(7, 4);
  const [offset, gen] = [4, 2 ** 40];
  expect(await kernel.next('memory_object_futex_granted')).toMatchObject({ offset, reqId: 7, gen, state: 0 });
  expect(await kernel.next('memory_object_relinquish_futex')).toMatchObject({ offset, gen, budgetMs: 70 });
  expect(await kernel.next('memory_object_futex_fenced')).toMatchObject({ offset, gen });
  expect(await kernel.next('memory_object_futex_granted')).toMatchObject({ gen: 2 * gen, state: 1, recall: true });
  expect(await kernel.next('memory_object_relinquish_futex')).toMatchObject({ gen: 2 * gen, budgetMs: 0 });
  expect(await kernel.next('memory_object_futex_failed')).toMatchObject({ offset, reqId: 7, code: 'ENOTRECOVERABLE' });
  expect(await kernel.next('memory_object_futex_waiting')).toMatchObject({ offset, reqId: 9 });
  expect(await kernel.next('memory_object_futex_woken')).toMatchObject({ offset, reqId: 10, broadcast: true });
  await end();
});

test('who serves pages alone has no futexes: who asks for one is told so', async () => {
  await using rig = await Rig.start();
  const { kernel, end } = await kernelOf(rig, PAGES);
  kernel.lock(7, 4);
  const failed = await kernel.next('memory_object_futex_failed');
  expect(failed).toMatchObject({ reqId: 7, offset: 4, code: 'KERN_MEMORY_ERROR' });
  kernel.say({ kind: 'memory_object_futex_wait', reqId: 8, offset: 4 });
  expect(await kernel.next('memory_object_futex_failed')).toMatchObject({ reqId: 8, code: 'KERN_MEMORY_ERROR' });
  await end();
});
