import { expect, test } from 'vitest';
import { Rig } from '../../broker/rig.ts';
import { until } from '../../support/until.ts';
import { kernelOf, PAGES } from '../by-hand.ts';

const at = { offset: 8, domain: 3 };

test('every call about sleepers comes as it is, but for what can be about none', async () => {
  await using rig = await Rig.start();
  const heard: unknown[] = [];
  const { kernel, end } = await kernelOf(rig, {
    ...PAGES,
    interest: (_control, offset, { reqId, domain }) => heard.push('interest', offset, reqId, domain),
    interestNoted: (_control, offset, { reqId, domain }) => heard.push('noted', offset, reqId, domain),
    wakeup: (_control, offset, { domain, one }) => heard.push('wakeup', offset, domain, one),
    wokenCompleted: (_control, offset, { reqId, domain, woke, sleeps }) =>
      heard.push('completed', offset, reqId, domain, woke, sleeps),
  });
  for (const offset of [2, 8]) {
    kernel.say({ kind: 'memory_object_interest', reqId: 1, offset, domain: 3 });
    kernel.say({ kind: 'memory_object_interest_noted', reqId: 2, offset, domain: 3 });
    kernel.say({ kind: 'memory_object_wakeup', offset, domain: 3, one: true });
    kernel.say({ kind: 'memory_object_woken_completed', reqId: 4, offset, domain: 3, woke: true, sleeps: false });
  }
  await until(() => heard.includes('completed'));
  const calls = ['interest', 8, 1, 3, 'noted', 8, 2, 3, 'wakeup', 8, 3, true, 'completed', 8, 4, 3, true, false];
  expect(heard).toEqual(calls);
  await end();
});

test('all there is to say of sleepers can be said by hand', async () => {
  await using rig = await Rig.start();
  const { kernel, end } = await kernelOf(rig, {
    ...PAGES,
    interest(control, offset, { reqId, domain }) {
      control.interestElsewhere(offset, { reqId: 9, domain, on: true });
      control.woken(offset, { reqId: 10, domain, one: true });
      control.interestCompleted(offset, { reqId, domain });
      expect(() => control.woken(offset + 1, { reqId: 11, domain, one: true })).toThrow(
        'a multiple of 4, and 9 is none',
      );
    },
  });
  kernel.say({ kind: 'memory_object_interest', reqId: 7, ...at });
  expect(await kernel.next('memory_object_interest_elsewhere')).toMatchObject({ reqId: 9, ...at, on: true });
  expect(await kernel.next('memory_object_woken')).toMatchObject({ reqId: 10, ...at, one: true });
  expect(await kernel.next('memory_object_interest_completed')).toMatchObject({ reqId: 7, ...at, code: 0 });
  await end();
});

test('who serves pages alone has no sleepers: who prepares is told so', async () => {
  await using rig = await Rig.start();
  const { kernel, end } = await kernelOf(rig, PAGES);
  kernel.say({ kind: 'memory_object_interest', reqId: 7, ...at });
  const completed = await kernel.next('memory_object_interest_completed');
  expect(completed).toMatchObject({ reqId: 7, ...at, code: 'KERN_MEMORY_ERROR' });
  await end();
});
