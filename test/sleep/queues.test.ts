import { beforeEach, describe, expect, test } from 'vitest';
import { SleepQueues } from '../../src/sleep/index.ts';

// lwkt.md §2.2, §2.4.

let queues = new SleepQueues<string, string>();
beforeEach(() => void (queues = new SleepQueues()));

function asleep(...sleepers: string[]): void {
  for (const sleeper of sleepers) {
    queues.prepare(sleeper, 'ident', 0);
    queues.asleep(sleeper);
  }
}

describe('a wakeup', () => {
  test('takes out all of its ident, in the order in which they prepared', () => {
    asleep('a', 'b');
    queues.prepare('elsewhere', 'other', 0);
    queues.prepare('c', 'ident', 0);
    expect(queues.wakeup('ident', 0)).toEqual(['a', 'b', 'c']);
    expect(queues.wakeup('ident', 0)).toEqual([]);
    expect(queues.identOf('elsewhere')).toBe('other');
  });

  test('leaves those of other domains where they are', () => {
    queues.prepare('in 1', 'ident', 1);
    asleep('plain');
    queues.prepare('in 3', 'ident', 3);
    expect(queues.wakeup('ident', 0)).toEqual(['plain']);
    expect(queues.wakeup('ident', 2)).toEqual([]);
    expect([queues.count('ident'), queues.count('ident', 1), queues.count('ident', 0)]).toEqual([2, 1, 0]);
    expect(queues.wakeup('ident', 3)).toEqual(['in 3']);
  });
});

describe('a wakeup of one', () => {
  test('takes the first that is asleep', () => {
    asleep('a', 'b');
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['a'], isEnough: true });
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['b'], isEnough: true });
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: [], isEnough: false });
  });

  test('takes those before it that are only prepared, which do not count, and nobody behind', () => {
    for (const sleeper of ['a', 'b', 'c', 'd']) queues.prepare(sleeper, 'ident', 0);
    for (const sleeper of ['c', 'd']) queues.asleep(sleeper);
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['a', 'b', 'c'], isEnough: true });
    expect(queues.count('ident')).toBe(1);
  });

  test('of which nobody sleeps is not enough', () => {
    queues.prepare('a', 'ident', 0);
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['a'], isEnough: false });
  });

  test('passes by those of other domains', () => {
    queues.prepare('in 1', 'ident', 1);
    asleep('plain');
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['plain'], isEnough: true });
    expect(queues.count('ident', 1)).toBe(1);
  });
});

describe('a sleeper', () => {
  test('is in one queue: another prepare takes it out of the first, and of the same to its end', () => {
    asleep('a', 'b');
    queues.prepare('a', 'ident', 0);
    expect(queues.wakeup('ident', 0)).toEqual(['b', 'a']);
    asleep('a');
    queues.prepare('a', 'other', 0);
    expect(queues.wakeup('ident', 0)).toEqual([]);
    expect(queues.wakeup('other', 0)).toEqual(['a']);
  });

  test('that prepares again is not asleep any more', () => {
    asleep('a');
    queues.prepare('a', 'ident', 0);
    expect(queues.wakeupOne('ident', 0)).toEqual({ woken: ['a'], isEnough: false });
  });

  test('that was woken, or never prepared, cannot go to sleep', () => {
    queues.prepare('a', 'ident', 0);
    expect(queues.asleep('a')).toBe(true);
    queues.wakeup('ident', 0);
    expect(queues.asleep('a')).toBe(false);
    expect(queues.asleep('b')).toBe(false);
    expect(queues.identOf('a')).toBeUndefined();
  });

  test('that is removed is nowhere, however often', () => {
    asleep('a', 'b');
    queues.remove('a');
    queues.remove('a');
    expect(queues.wakeup('ident', 0)).toEqual(['b']);
  });
});

test('everybody is told with what they wait for, the oldest first; and nothing is left of those who are gone', () => {
  asleep('a');
  queues.prepare('b', 'other', 2);
  expect([...queues.entries()]).toEqual([
    { sleeper: 'a', ident: 'ident', domain: 0, isAsleep: true },
    { sleeper: 'b', ident: 'other', domain: 2, isAsleep: false },
  ]);
  queues.wakeup('ident', 0);
  queues.remove('b');
  expect([...queues.entries()]).toEqual([]);
  expect([queues.count('ident'), queues.count('other')]).toEqual([0, 0]);
});
