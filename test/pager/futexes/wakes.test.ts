import { describe, expect, test } from 'vitest';
import { FutexDesk } from './futex-desk.ts';

// pager.md §2.8, several kernels: what a wakeup becomes.

describe('a wakeup', () => {
  test('goes to kernels that have sleepers, one after the other, until one was woken', () => {
    const desk = new FutexDesk();
    expect(desk.wait(1, 5)).toEqual(['1: hears, 5']);
    desk.wait(2, 6);
    desk.wait(3, 7);
    expect(desk.wake(4)).toEqual(['1: woken 1']);
    expect(desk.completed(1, 1, { woke: false, waits: false })).toEqual(['2: woken 2']);
    expect(desk.completed(2, 2)).toEqual([]);
    expect(desk.wake(4)).toEqual(['2: woken 3']);
  });

  test('of all goes to all others at once, and not back', () => {
    const desk = new FutexDesk();
    desk.wait(1, 5);
    desk.wait(2, 6);
    desk.wait(3, 7);
    expect(desk.wake(2, { broadcast: true })).toEqual(['1: woken 1, all', '3: woken 2, all']);
  });

  test('is not remembered', () => {
    const desk = new FutexDesk();
    expect(desk.wake(1)).toEqual([]);
    expect(desk.isEmpty).toBe(true);
    expect(desk.wait(2, 5)).toEqual(['2: hears, 5']);
  });

  test('of another word is not heard', () => {
    const desk = new FutexDesk();
    desk.wait(1, 5, 8);
    expect(desk.wake(2, { offset: 4 })).toEqual([]);
  });

  test('that was on its way to a kernel that dies goes on to the next', () => {
    const desk = new FutexDesk();
    desk.wait(1, 5);
    desk.wait(2, 6);
    desk.wake(3);
    expect(desk.leave(1)).toEqual(['2: woken 2']);
  });

  test('goes on also from one that says that nobody waits there, and dies before it answers it', () => {
    const desk = new FutexDesk();
    desk.wait(1, 5);
    desk.wait(2, 6);
    desk.wake(3);
    expect(desk.wake(3)).toEqual(['1: woken 2']);
    expect(desk.completed(1, 1, { woke: false, waits: false })).toEqual(['2: woken 3']);
    expect(desk.leave(1)).toEqual(['2: woken 4']);
  });

  test('finds those no more who said that nobody waits there; they can also say it by themselves', () => {
    const desk = new FutexDesk();
    desk.wait(1, 5);
    desk.wait(2, 6);
    desk.completed(1, 0, { woke: false, waits: false });
    expect(desk.wake(3)).toEqual(['2: woken 1']);
    desk.completed(2, 1, { woke: true, waits: false });
    expect(desk.isEmpty).toBe(true);
  });

  test('of a futex that is had, and of sleepers on it: each is forgotten when it is over', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.wait(1, 8);
    desk.released(1, 1);
    expect(desk.wake(2)).toEqual(['1: woken 1']);
    desk.completed(1, 1, { waits: false });
    expect(desk.isEmpty).toBe(true);
  });
});
