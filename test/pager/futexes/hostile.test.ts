import { expect, test } from 'vitest';
import { FutexDesk } from './futex-desk.ts';

// Whoever has a send right to an object can be a kernel: what is none of its business is refused, and harms nobody.

const BROKEN = 2;

test('who asks a second time for what it has, or waits for, gets no second hold', () => {
  const desk = new FutexDesk();
  desk.lock(1, 7);
  expect(desk.lock(1, 8)).toEqual(['1: failed 8 KERN_INVALID_ARGUMENT', 'refused: 1']);
  desk.lock(2, 9);
  expect(desk.lock(2, 10)).toEqual(['2: failed 10 KERN_INVALID_ARGUMENT', 'refused: 2']);
  expect(desk.released(1, 1)).toEqual(['2: granted 9 by 2']);
  expect(desk.released(2, 2)).toEqual([]);
  expect(desk.isEmpty).toBe(true);
});

test('a state that there is not is none to be given back in: the holder goes on having it', () => {
  const desk = new FutexDesk();
  desk.lock(1, 7);
  desk.lock(2, 8);
  expect(desk.released(1, 1, { state: 3 })).toEqual(['refused: 1']);
  expect(desk.masters.holds(0, 1n)).toBe(true);
  expect(desk.released(1, 1)).toEqual(['2: granted 8 by 2']);
});

test('where there can be no futex there is none, and who asks is told', () => {
  const desk = new FutexDesk({ size: 4096 });
  for (const offset of [1, 6, 4095]) {
    expect(desk.lock(1, 7, { offset })).toEqual(['1: failed 7 KERN_MEMORY_ERROR', 'refused: 1']);
    expect(desk.wait(1, 8, offset)).toEqual(['1: failed 8 KERN_MEMORY_ERROR', 'refused: 1']);
  }
  // The object may have become smaller: that is nobody's fault.
  for (const offset of [4096, 2 ** 52]) {
    expect(desk.lock(1, 7, { offset })).toEqual(['1: failed 7 KERN_MEMORY_ERROR']);
  }
  expect(desk.isEmpty).toBe(true);
});

test('an object that becomes smaller gets back what it had lent behind its end', () => {
  const desk = new FutexDesk({ size: 4096 });
  desk.lock(1, 7, { offset: 4092 });
  desk.lock(2, 8, { offset: 4092 });
  desk.masters.setSize(100);
  expect(desk.released(1, 1, { offset: 4092 })).toEqual(['2: granted 8 by 2']);
  desk.released(2, 2, { offset: 4092 });
  expect(desk.lock(1, 9, { offset: 4092 })).toEqual(['1: failed 9 KERN_MEMORY_ERROR']);
});

test('what is said of futexes that nobody has is not remembered', () => {
  const desk = new FutexDesk();
  for (let offset = 0; offset < 200; offset += 1) {
    expect(desk.cancel(1, offset, offset)).toEqual([]);
    expect(desk.released(1, 1, { offset })).toEqual(['refused: 1']);
    expect(desk.wake(1, { offset, broadcast: offset % 2 === 0 })).toEqual([]);
    expect(desk.completed(1, offset, { offset })).toEqual([]);
    expect(desk.expired(1, offset)).toEqual([]);
  }
  expect(desk.leave(1)).toEqual([]);
  expect(desk.isEmpty).toBe(true);
});

test('who wants thousands gets as many as are remembered for one kernel; others get theirs', () => {
  const desk = new FutexDesk({ mostOfKernel: 100 });
  for (let i = 0; i < 500; i += 1) {
    const said = i % 2 === 0 ? desk.lock(1, i, { offset: 4 * i }) : desk.wait(1, i, 4 * i);
    if (i >= 100) expect(said).toEqual([`1: failed ${i} KERN_RESOURCE_SHORTAGE`, 'refused: 1']);
  }
  expect(desk.masters.state.records.size).toBe(100);
  // What it has to do with already is no more.
  expect(desk.wait(1, 5, 0)).toEqual(['1: hears, 5']);
  expect(desk.lock(2, 7, { offset: 1600 })).toEqual(['2: granted 7 by 51']);
  expect(desk.lock(2, 8)).toEqual(['1: recall of 1']);
  desk.completed(1, 0, { offset: 4, waits: false });
  expect(desk.lock(1, 9, { offset: 1600 })).toEqual(['2: recall of 51']);
});

test('who breaks one after the other fills only so much', () => {
  const desk = new FutexDesk({ most: 100 });
  let gen = 0;
  for (let kernel = 1; kernel <= 300; kernel += 1) {
    const offset = 4 * kernel;
    const [said] = desk.lock(kernel, 1, { offset });
    if (said?.includes('granted') === true) desk.released(kernel, (gen += 1), { offset, state: BROKEN });
    else expect(said).toBe(`${kernel}: failed 1 KERN_RESOURCE_SHORTAGE`);
    desk.leave(kernel);
  }
  expect(gen).toBe(100);
  expect(desk.masters.state.records.size).toBe(100);
  expect(desk.masters.state.kernels.size).toBe(0);
  expect(desk.lock(1, 2, { offset: 4 })).toEqual(['1: failed 2 ENOTRECOVERABLE']);
});

test('wakeups that nobody answers do not pile up: beyond many of them all are woken', () => {
  const desk = new FutexDesk();
  desk.wait(1, 5);
  desk.wait(2, 6);
  for (let i = 0; i < 3000; i += 1) desk.wake(3);
  expect(desk.masters.state.records.get(0)?.wakes.looking).toHaveLength(1024);
  expect(desk.wake(3)).toMatchObject([expect.stringMatching(/^1: .*, all$/), expect.stringMatching(/^2: .*, all$/)]);
  desk.leave(1);
  desk.leave(2);
  expect(desk.isEmpty).toBe(true);
});
