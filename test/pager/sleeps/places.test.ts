import { describe, expect, test } from 'vitest';
import { SleepDesk } from './sleep-desk.ts';

// lwkt.md §2.1 and §2.6 over kernels, the pager's side.

describe('a kernel that is about to have sleepers', () => {
  test('is answered when all others have noted it, once each', () => {
    const desk = new SleepDesk([1, 2, 3]);
    expect(desk.interest(1, 7)).toEqual(['2: elsewhere 1 on', '3: elsewhere 2 on']);
    expect(desk.noted(3, 2)).toEqual([]);
    // What answers nothing is nobody's note.
    expect([desk.noted(2, 2), desk.noted(1, 1), desk.noted(2, 9)]).toEqual([[], [], []]);
    expect(desk.noted(2, 1)).toEqual(['1: completed 7']);
    // The second has to tell only those who do not know yet.
    expect(desk.interest(2, 8)).toEqual(['1: elsewhere 3 on']);
    expect(desk.noted(1, 3)).toEqual(['2: completed 8']);
    expect(desk.interest(3, 9)).toEqual(['3: completed 9']);
  });

  test('is answered at once where it is alone', () => {
    const desk = new SleepDesk([1]);
    expect(desk.interest(1, 7)).toEqual(['1: completed 7']);
  });

  test('does not wait for one that has gone, nor for what one that has gone wanted', () => {
    const desk = new SleepDesk([1, 2, 3]);
    desk.interest(1, 7);
    desk.noted(3, 2);
    expect(desk.leave(2)).toEqual(['1: completed 7']);
    expect(desk.leave(1)).toEqual(['3: elsewhere 3 off']);
    expect(desk.noted(3, 3)).toEqual([]);
    expect(desk.remembered).toEqual({ places: 0, kernels: [[3, 0]] });
  });

  test('of one domain, or word, says nothing about another', () => {
    const desk = new SleepDesk([1, 2]);
    desk.interest(1, 7, { domain: 5 });
    expect([desk.wakeup(2), desk.wakeup(2, { offset: 4, domain: 5 })]).toEqual([[], []]);
    expect(desk.wakeup(2, { domain: 5 })).toEqual(['1: woken 2']);
  });
});

describe('a kernel that joins', () => {
  test('is told of all places with sleepers; who asks meanwhile waits for it, too', () => {
    const desk = new SleepDesk([1, 2]);
    desk.interest(1, 7);
    desk.interest(2, 8, { offset: 4 });
    expect(desk.attach(3)).toEqual(['3: elsewhere 3 on', '3: elsewhere 4 on']);
    expect(desk.noted(2, 1)).toEqual([]);
    expect(desk.noted(3, 3)).toEqual(['1: completed 7']);
  });

  test('twice, or again, has no sleepers of before', () => {
    const desk = new SleepDesk([1]);
    desk.interest(1, 7);
    expect(desk.attach(1)).toEqual([]);
    desk.leave(1);
    desk.attach(1);
    expect(desk.remembered).toEqual({ places: 0, kernels: [[1, 0]] });
  });
});

describe('a wakeup', () => {
  test('of all goes to all others that have sleepers, and not back', () => {
    const desk = asleep(1, 2, 3);
    expect(desk.wakeup(2)).toEqual(['1: woken 5', '3: woken 6']);
  });

  test('of one goes from one to the next, until it has found somebody', () => {
    const desk = asleep(1, 2, 3);
    expect(desk.wakeup(4, { one: true })).toEqual(['1: woken 5, one']);
    expect(desk.completed(1, 5, { sleeps: true })).toEqual(['2: woken 6, one']);
    expect(desk.completed(2, 6, { woke: true })).toEqual([]);
    expect(desk.wakeup(4, { one: true })).toEqual(['1: woken 7, one']);
    expect(desk.leave(1)).toEqual(['2: woken 8, one']);
  });

  test('is not sent twice to one that has not answered, but again after the answer', () => {
    const desk = asleep(1);
    expect(desk.wakeup(4)).toEqual(['1: woken 2']);
    expect([desk.wakeup(4), desk.wakeup(4)]).toEqual([[], []]);
    expect(desk.completed(1, 2, { sleeps: true })).toEqual(['1: woken 3']);
    expect(desk.completed(1, 3, { sleeps: true })).toEqual([]);
    expect(desk.wakeup(4)).toEqual(['1: woken 4']);
  });

  test('that finds nobody is the last: who need not know is told, when it has noted what came before', () => {
    const desk = new SleepDesk([1, 2, 3]);
    desk.interest(1, 7);
    desk.noted(2, 1);
    desk.leave(3);
    desk.attach(3);
    desk.wakeup(2);
    // One that has joined since has not noted yet that there are sleepers.
    expect(desk.completed(1, 4)).toEqual(['2: elsewhere 5 off']);
    expect(desk.noted(3, 3)).toEqual(['3: elsewhere 6 off']);
    expect(desk.noted(2, 5)).toEqual([]);
    expect(desk.remembered.places).toBe(1);
    desk.noted(3, 6);
    expect(desk.remembered).toEqual({
      places: 0,
      kernels: [
        [1, 0],
        [2, 0],
        [3, 0],
      ],
    });
    expect(desk.wakeup(2)).toEqual([]);
  });

  test('finds those no more who say by themselves that nobody sleeps', () => {
    const desk = asleep(1, 2);
    expect(desk.completed(1, 0)).toEqual(['2: elsewhere 4 off']);
    expect(desk.wakeup(4)).toEqual(['2: woken 5']);
  });
});

describe('what no kernel of ours says', () => {
  test('that nobody sleeps, while it waits to hear that they are prepared: it is answered', () => {
    const desk = new SleepDesk([1, 2]);
    desk.interest(1, 7);
    expect(desk.completed(1, 0)).toEqual([]);
    expect(desk.noted(2, 1)).toEqual(['1: completed 7']);
    expect(desk.remembered.kernels[0]).toEqual([1, 1]);
  });

  test('of one that is not there, is refused', () => {
    const desk = new SleepDesk([1]);
    expect([desk.interest(2, 7), desk.wakeup(2), desk.leave(2)]).toEqual([['refused: 2'], ['refused: 2'], []]);
  });

  test('where nobody can sleep, nobody does', () => {
    const desk = new SleepDesk([1], { size: 4096 });
    for (const offset of [1, 6, 4095]) {
      expect(desk.interest(1, 7, { offset })).toEqual(['1: completed 7 KERN_MEMORY_ERROR', 'refused: 1']);
    }
    expect(desk.interest(1, 7, { offset: 4096 })).toEqual(['1: completed 7 KERN_MEMORY_ERROR']);
    desk.places.setSize(8192);
    expect(desk.interest(1, 7, { offset: 4096 })).toEqual(['1: completed 7']);
  });

  test('a second request while the first waits', () => {
    const desk = new SleepDesk([1, 2]);
    desk.interest(1, 7);
    expect(desk.interest(1, 8)).toEqual(['1: completed 8 KERN_INVALID_ARGUMENT', 'refused: 1']);
    expect(desk.noted(2, 1)).toEqual(['1: completed 7']);
    // One that has been heard is heard anew.
    expect(desk.interest(1, 9)).toEqual(['1: completed 9']);
  });

  test('of thousands of places as many are remembered as there is room for, of each kernel and of all', () => {
    const desk = new SleepDesk([1, 2, 3], { mostOfKernel: 100, most: 150 });
    const ask = (kernel: number): number => {
      const said = Array.from({ length: 200 }, (_, i) =>
        desk.interest(kernel, i + 1, { offset: 4 * i + 1000 * kernel }),
      );
      return said.filter((lines) => lines.some((line) => line.includes('KERN_RESOURCE_SHORTAGE'))).length;
    };
    expect([ask(1), ask(2)]).toEqual([100, 150]);
    expect(desk.remembered).toEqual({
      places: 150,
      kernels: [
        [1, 100],
        [2, 50],
        [3, 0],
      ],
    });
    // Where it has sleepers already, and where others have, it is no more.
    expect(desk.interest(2, 999, { offset: 1000 })).toEqual(['1: elsewhere 301 on']);
    desk.completed(1, 0, { offset: 1000 });
    desk.leave(1);
    desk.leave(2);
    for (let id = 1; id < 1000; id += 1) for (let i = 0; i < 200; i += 20) desk.noted(3, id, { offset: 4 * i + 1000 });
    expect(desk.remembered.kernels).toEqual([[3, 0]]);
  });

  test('wakeups that nobody answers do not pile up', () => {
    const desk = asleep(1, 2);
    for (let i = 0; i < 3000; i += 1) desk.wakeup(4, { one: i % 2 === 0 });
    const [place] = desk.places.state.places.values();
    expect([place?.interest.looking.length, place?.interest.waking.length]).toEqual([1024, 2]);
    desk.leave(1);
    desk.leave(2);
    expect(place?.interest).toMatchObject({ sleepers: [], looking: [], waking: [] });
  });
});

/** These have sleepers, and all know that; there is a kernel 4 that has none. */
function asleep(...kernels: number[]): SleepDesk {
  const desk = new SleepDesk([...kernels, 4]);
  for (const kernel of kernels) {
    for (const line of desk.interest(kernel, 1)) note(desk, line);
  }
  return desk;
}

function note(desk: SleepDesk, line: string): void {
  const [, kernel = 0, id = 0] = /^(\d+): elsewhere (\d+)/.exec(line) ?? [];
  if (Number(kernel) > 0) desk.noted(Number(kernel), Number(id));
}
