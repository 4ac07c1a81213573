import { defineSubsystem, routine } from 'easync';
import { expect, test } from 'vitest';
import { isMapped } from '../../os/forms.ts';
import { FutexLab } from './futex-lab.ts';
import { PAGE } from './raw-pager.ts';

const COUNTER = new URL('./fixtures/counter.js', import.meta.url);

const Counter = defineSubsystem('counter', {
  count: routine<{ object: string; times: number }, { task: number; inPlace: number }>(),
});

// A thread is a task of its own, and so an owner of its own (pager.md §2.3): its process is not.

test('threads of one process keep each other out, and are told apart', async () => {
  await using lab = await FutexLab.start('with koffi');
  await using object = await lab.object();
  const times = 200;
  using first = await lab.here.open(Counter, COUNTER, { place: 'thread' });
  using second = await lab.here.open(Counter, COUNTER, { place: 'thread' });
  const counted = await Promise.all([first, second].map((one) => one.count({ object: object.name, times })));
  expect(new Set(counted.map(({ task }) => task)).size).toBe(2);
  if (isMapped) expect(counted.every(({ inPlace }) => inPlace > 0)).toBe(true);
  const bytes = Buffer.from(await object.regions[0].read(PAGE, 4));
  expect(bytes.readUInt32LE()).toBe(2 * times);
  // None of them has it any more.
  for (const futex of object.futexes(4)) await (await futex.lock()).unlock();
});
