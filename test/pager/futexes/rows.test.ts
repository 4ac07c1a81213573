import { describe, expect, test } from 'vitest';
import { FutexDesk } from './futex-desk.ts';

const OWNER_DIED = 1;
const NOT_RECOVERABLE = 2;

// pager.md §2.4, row by row, as kernels see it.

describe('lock_futex', () => {
  test('of one that is free: it is granted', () => {
    expect(new FutexDesk().lock(1, 7)).toEqual(['1: granted 7 by 1']);
  });

  test('of one that another has: it waits, and the holder is asked once', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    expect(desk.lock(2, 8)).toEqual(['1: recall of 1']);
    expect(desk.lock(3, 9)).toEqual([]);
    expect(desk.released(1, 1)).toEqual(['2: granted 8 by 2, recalled']);
    expect(desk.released(2, 2)).toEqual(['3: granted 9 by 3']);
  });

  test('NOQUEUE: it fails, and the holder is asked as if it waited', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    expect(desk.lock(2, 8, { noQueue: true })).toEqual(['1: recall of 1', '2: failed 8 EAGAIN']);
    expect(desk.lock(2, 9, { noQueue: true })).toEqual(['2: failed 9 EAGAIN']);
    expect(desk.released(1, 1)).toEqual([]);
    expect(desk.lock(2, 10, { noQueue: true })).toEqual(['2: granted 10 by 2']);
  });

  test('of one that is not recoverable: it fails, whoever asks, for good', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.released(1, 1, { state: NOT_RECOVERABLE });
    expect(desk.lock(2, 8)).toEqual(['2: failed 8 ENOTRECOVERABLE']);
    desk.leave(1);
    desk.leave(2);
    expect(desk.lock(1, 9, { noQueue: true })).toEqual(['1: failed 9 ENOTRECOVERABLE']);
  });

  test('at another offset it is another futex', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7, { offset: 8 });
    expect(desk.lock(2, 7, { offset: 4 })).toEqual(['2: granted 7 by 2']);
    expect(desk.released(2, 1, { offset: 8 })).toEqual(['refused: 2']);
    expect(desk.released(1, 1, { offset: 4 })).toEqual(['refused: 1']);
  });
});

describe('a grant', () => {
  test('has a generation that no grant had before, also of a futex that was forgotten meanwhile', () => {
    const desk = new FutexDesk({ lastGen: 100 });
    expect(desk.lock(1, 7)).toEqual(['1: granted 7 by 101']);
    desk.released(1, 101);
    expect(desk.isEmpty).toBe(true);
    expect(desk.lock(1, 8)).toEqual(['1: granted 8 by 102']);
  });

  test('is recalled as it is made, with Part II alone', () => {
    const desk = new FutexDesk({ recallsAtOnce: true });
    expect(desk.lock(1, 7)).toEqual(['1: granted 7 by 1, recalled']);
    expect(desk.lock(2, 8)).toEqual([]);
    expect(desk.released(1, 1)).toEqual(['2: granted 8 by 2, recalled']);
  });
});

describe('futex_released', () => {
  test('in the state that the holder says, whatever it was granted in', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    expect(desk.released(1, 1, { state: OWNER_DIED })).toEqual(['2: granted 8 by 2, owner died']);
    desk.lock(3, 9);
    expect(desk.released(2, 2)).toEqual(['3: granted 9 by 3']);
  });

  test('stays what it is while nobody has it', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.released(1, 1, { state: OWNER_DIED });
    expect(desk.lock(1, 8)).toEqual(['1: granted 8 by 2, owner died']);
    desk.released(1, 2);
    expect(desk.isEmpty).toBe(true);
  });

  test('not recoverable: all who wait fail', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    desk.lock(3, 9);
    expect(desk.released(1, 1, { state: NOT_RECOVERABLE })).toEqual([
      '2: failed 8 ENOTRECOVERABLE',
      '3: failed 9 ENOTRECOVERABLE',
    ]);
    expect(desk.masters.state.kernels.size).toBe(0);
  });

  test('by another grant, or twice, or by a kernel that has it not: nothing comes of it', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    expect(desk.released(2, 1)).toEqual(['refused: 2']);
    expect(desk.released(1, 2)).toEqual(['refused: 1']);
    desk.released(1, 1);
    expect(desk.released(1, 1)).toEqual(['refused: 1']);
    expect(desk.masters.holds(0, 2n)).toBe(true);
  });
});

describe('cancel_futex', () => {
  test('of one that waits: it fails, and is passed over', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    desk.lock(3, 9);
    expect(desk.cancel(2, 8)).toEqual(['2: failed 8 KERN_ABORTED']);
    expect(desk.released(1, 1)).toEqual(['3: granted 9 by 2']);
  });

  test('of one that was granted: the grant was the answer', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    expect(desk.cancel(1, 7)).toEqual([]);
    expect(desk.masters.holds(0, 1n)).toBe(true);
  });
});

describe('a kernel that goes', () => {
  test('had it: its owner may have died with it, and the next is told so', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    expect(desk.leave(1)).toEqual(['2: granted 8 by 2, owner died']);
  });

  test('waited: nobody waits for it', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.lock(2, 8);
    desk.lock(3, 9);
    expect(desk.leave(2)).toEqual([]);
    expect(desk.released(1, 1)).toEqual(['3: granted 9 by 2']);
  });

  test('gave it back before: nothing has happened to it', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    desk.released(1, 1);
    expect(desk.leave(1)).toEqual([]);
    expect(desk.isEmpty).toBe(true);
  });

  test('had several, and sleepers: all of them are let go', () => {
    const desk = new FutexDesk();
    for (const offset of [0, 4, 8]) desk.lock(1, offset, { offset });
    for (const offset of [4, 8, 12]) desk.wait(1, offset, offset);
    desk.lock(2, 1, { offset: 4 });
    expect(desk.leave(1)).toEqual(['2: granted 1 by 4, owner died']);
    expect(desk.wake(2, { offset: 12 })).toEqual([]);
    expect([...desk.masters.state.kernels.keys()]).toEqual([2]);
  });
});

describe('a holder that has only so long', () => {
  test('is fenced when the time is over: the next gets it, and the old generation counts for nothing', () => {
    const desk = new FutexDesk({ budgetMs: 50 });
    expect(desk.lock(1, 7)).toEqual(['1: granted 7 by 1']);
    expect(desk.lock(2, 8)).toEqual(['1: recall of 1, 50 ms', 'due: 1']);
    expect(desk.expired(1)).toEqual(['1: fenced 1', '2: granted 8 by 2, owner died', 'over']);
    expect(desk.released(1, 1)).toEqual(['refused: 1']);
    expect([desk.masters.holds(0, 1n), desk.masters.holds(0, 2n)]).toEqual([false, true]);
  });

  test('gives it back in time: its time is over, and that of the next runs if others wait', () => {
    const desk = new FutexDesk({ budgetMs: 50 });
    desk.lock(1, 7);
    desk.lock(2, 8);
    expect(desk.lock(3, 9)).toEqual([]);
    expect(desk.released(1, 1)).toEqual(['2: granted 8 by 2, recalled', 'over', 'due: 2']);
    expect(desk.expired(1)).toEqual([]);
    expect(desk.released(2, 2)).toEqual(['3: granted 9 by 3', 'over']);
  });

  test('has all the time there is while nobody else wants it, recalled or not', () => {
    const desk = new FutexDesk({ budgetMs: 50, recallsAtOnce: true });
    expect(desk.lock(1, 7)).toEqual(['1: granted 7 by 1, recalled']);
    expect(desk.lock(2, 8)).toEqual(['due: 1']);
  });

  test('keeps it when the last that waited gives up or dies; its time runs anew for the next', () => {
    const desk = new FutexDesk({ budgetMs: 50 });
    desk.lock(1, 7);
    desk.lock(2, 8);
    desk.lock(3, 9);
    expect(desk.cancel(2, 8)).toEqual(['2: failed 8 KERN_ABORTED']);
    expect(desk.leave(3)).toEqual(['over']);
    expect(desk.lock(2, 10)).toEqual(['due: 1']);
    expect(desk.cancel(2, 10)).toEqual(['2: failed 10 KERN_ABORTED', 'over']);
    expect(desk.released(1, 1)).toEqual([]);
    expect(desk.isEmpty).toBe(true);
  });

  test('is due for who only tried, also when those that waited have given up', () => {
    const desk = new FutexDesk({ budgetMs: 50 });
    desk.lock(1, 7);
    desk.lock(2, 8);
    desk.lock(3, 9, { noQueue: true });
    expect(desk.cancel(2, 8)).toEqual(['2: failed 8 KERN_ABORTED']);
    expect(desk.released(1, 1)).toEqual(['over']);
  });

  test('is due for who only tries, too', () => {
    const desk = new FutexDesk({ budgetMs: 50 });
    desk.lock(1, 7);
    expect(desk.lock(2, 8, { noQueue: true })).toEqual(['1: recall of 1, 50 ms', '2: failed 8 EAGAIN', 'due: 1']);
    expect(desk.expired(1)).toEqual(['1: fenced 1', 'over']);
    expect(desk.lock(2, 9, { noQueue: true })).toEqual(['2: granted 9 by 2, owner died']);
  });

  test('without a budget it is never taken away', () => {
    const desk = new FutexDesk();
    desk.lock(1, 7);
    expect(desk.lock(2, 8)).toEqual(['1: recall of 1']);
  });
});
