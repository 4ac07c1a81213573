import { expect, test } from 'vitest';

import { parseFutexArguments } from '../../src/tour/futex/arguments.ts';
import { toText } from '../../src/tour/futex/report.ts';
import { isExact, type RunResult } from '../../src/tour/futex/result.ts';

const troubles = {
  killed: { task: 0, pid: 10, counted: 12 },
  stopped: { task: 1, pid: 11, ms: 250, meanwhile: 0 },
};
const count = { value: 2000, shares: [12, 1000, 988], within: 3, between: 4, deaths: 1 };
const done = [12, 1000, 988].map((counted) => ({ counted, locked: counted + 1 }));

test('exact is what adds up, is what each task says, and was let in nowhere else', () => {
  const about = { total: 2000, done, troubles };
  expect(isExact(count, about)).toBe(true);
  // An update is lost: of the counter, of a share, or of both.
  expect(isExact({ ...count, value: 1999 }, about)).toBe(false);
  expect(isExact({ ...count, shares: [12, 1000, 987] }, about)).toBe(false);
  expect(isExact({ ...count, value: 1999, shares: [12, 1000, 987] }, { ...about, total: 1999 })).toBe(false);
  // Two owners at once.
  expect(isExact({ ...count, value: 2001 }, { ...about, total: 2001 })).toBe(false);
  expect(isExact({ ...count, deaths: 0 }, about)).toBe(false);
  expect(isExact({ ...count, deaths: 2 }, about)).toBe(false);
  const stopped = { ...troubles.stopped, meanwhile: 1 };
  expect(isExact(count, { ...about, troubles: { ...troubles, stopped } })).toBe(false);
});

test('the report tells of shares by broker, hand-offs, messages and troubles', () => {
  const run: RunResult = {
    ...count,
    parts: 'I-IV',
    total: 2000,
    ms: 1234,
    locks: 2004,
    messages: 501,
    saved: 5511,
    troubles,
    isExact: true,
  };
  expect(toText(run, ['west', 'north', 'east']).split('\n')).toEqual([
    'Parts I to IV, brokers keep the futex: counted to 2,000 in 1.2 s',
    '  west            12',
    '  north        1,000',
    '  east           988',
    '  hand-offs  3 within a broker, 4 between brokers',
    '  messages   501 between brokers and pager for 2,004 locks, 0.250 each; 5,511 saved',
    '  killed     task 0 (process 10), within its increment 12, which the next owner completed',
    '  stopped    task 1 (process 11), for 250 ms, in which 0 others got in',
    '  exact      every increment is there, once',
  ]);
  expect(toText({ ...run, isExact: false }, ['one'])).toContain('NOT EXACT');
});

test.each([
  [['--tasks', 'x'], "--tasks is a number from 1 to 100, not 'x'"],
  [['--count', '5000000000'], "--count is a number from 30 to 4294967295, not '5000000000'"],
  [['--nope'], "Unknown option '--nope'"],
])('%j is refused', (args, message) => {
  expect(() => parseFutexArguments(['--futex', ...args])).toThrow(message);
});

test('the number to count to decides that of Part II alone', () => {
  expect(parseFutexArguments(['--futex'])).toMatchObject({ count: 100_000, countAlone: 1000, tasksPerBroker: 3 });
  expect(parseFutexArguments(['--futex', '--count', '50'])).toMatchObject({ count: 50, countAlone: 30 });
});
