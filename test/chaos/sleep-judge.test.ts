import { expect, test } from 'vitest';
import type { Death } from './memory/history.ts';
import type { SleepAccess } from './sleep/history.ts';
import { judgeSleeps } from './sleep/judge.ts';

/** Seconds: the judge allows for what a stopped process hears late. */
const S = 1e9;

type Done = { task: number; access: Omit<SleepAccess, 'op'> };

/** Begins, is told that it is prepared, goes on. Without the last it sleeps on. */
function slept(task: number, [begin, prepared, end]: readonly number[], more: Partial<SleepAccess> = {}): Done {
  const over = end === undefined ? {} : { end: end * S, code: 0 as const, result: 0 as const };
  const times = { begin: (begin ?? 0) * S, prepared: (prepared ?? 0) * S };
  return { task, access: { kind: 'sleep', ident: 0, domain: 0, ...times, ...over, ...more } };
}

function woke(task: number, [begin, end]: readonly number[], more: Partial<SleepAccess> = {}): Done {
  const over = end === undefined ? {} : { end: end * S, code: 0 as const, sent: true };
  return { task, access: { kind: 'wake', ident: 0, domain: 0, one: false, begin: (begin ?? 0) * S, ...over, ...more } };
}

const DIED: Death[] = [{ what: 'broker', who: 'west', from: 50 * S, to: 52 * S }];

function faultsOf(done: readonly Done[], deaths: readonly Death[] = [], killed: readonly number[] = []): string[] {
  const tasks = [1, 2, 3].map((task) => ({
    task,
    broker: 'west',
    killed: killed.includes(task),
    accesses: done.filter((one) => one.task === task).map(({ access }, op) => ({ op, ...access })),
  }));
  return judgeSleeps({ tasks, deaths }).faults;
}

const INTERRUPTED = { result: 'EINTR', patience: true } as const;
const LATE = { result: 'EWOULDBLOCK', patience: true } as const;

test.each<[string, Done[], Death[]?, number[]?]>([
  ['one sleeps, and is woken', [slept(1, [1, 2, 6]), woke(2, [4, 5])]],
  ['the wakeup comes before the answer', [slept(1, [1, 6, 7]), woke(2, [4, 5])]],
  ['who was stopped hears of it late', [slept(1, [1, 2, 9], INTERRUPTED), woke(2, [4, 5])]],
  ['another domain is woken', [slept(1, [1, 2, 20], LATE), woke(2, [4, 5], { domain: 1 })]],
  ['the wakeup may have been before it', [slept(1, [1, 4, 20], LATE), woke(2, [3, 5])]],
  ['the waker was killed', [slept(1, [1, 2, 20], LATE), woke(2, [3])], [], [2]],
  ['the sleeper was killed', [slept(1, [1, 2]), woke(2, [4, 5])], [], [1]],
  ['one of two is woken', [slept(1, [1, 2, 6]), slept(2, [2, 3, 20], LATE), woke(3, [4, 5], { one: true })]],
  [
    'one is woken who is killed before it can say so',
    [slept(1, [1, 2]), slept(2, [2, 3, 20], LATE), woke(3, [4, 5], { one: true })],
    [],
    [1],
  ],
  ['nobody was there yet', [slept(1, [6, 7, 9]), woke(2, [4, 5], { sent: false }), woke(2, [8, 8.5])]],
  [
    'it had been woken before somebody looked',
    [slept(1, [1, 2, 8]), woke(2, [3, 4]), woke(3, [5, 6], { sent: false })],
  ],
  [
    'and before it was told that it is prepared',
    [slept(1, [1, 5, 8]), woke(2, [3, 4]), woke(3, [6, 7], { sent: false })],
  ],
  ['the broker dies', [slept(1, [1, 2, 51])], DIED],
  ['somebody has heard of that before', [slept(1, [1, 2, 53]), woke(2, [51, 52], { sent: false })], DIED],
])('no fault: %s', (_what, done, deaths, killed) => {
  expect(faultsOf(done, deaths, killed)).toEqual([]);
});

test.each<[string, string, Done[], Death[]?]>([
  ['a wakeup passes by who sleeps for a while', 'woke all at', [slept(1, [1, 2, 20], LATE), woke(2, [4, 5])]],
  ['and who is interrupted in the end', 'woke all at', [slept(1, [1, 2, 20], INTERRUPTED), woke(2, [4, 5])]],
  [
    'a wakeup of one, and nobody else was there',
    'passed it by, and 0 were before',
    [slept(1, [1, 2, 20], LATE), woke(2, [4, 5], { one: true })],
  ],
  [
    'two wakeups of one, and one was before it',
    'passed it by, and 1 were before',
    [slept(1, [1, 2, 6]), slept(2, [2, 3, 20], LATE), woke(3, [4, 5], { one: true }), woke(3, [7, 8], { one: true })],
  ],
  [
    'who came later was woken instead',
    'passed it by, and 0 were before',
    [slept(1, [1, 2, 20], LATE), slept(2, [3, 3.5, 6]), woke(3, [4, 5], { one: true })],
  ],
  [
    'who sleeps is not in the table',
    'found nobody in the table',
    [slept(1, [1, 2, 9]), woke(2, [4, 5], { sent: false }), woke(2, [7, 8])],
  ],
  ['woken without a wakeup', 'woken by nobody', [slept(1, [1, 2, 6])]],
  ['woken by one of another domain', 'woken by nobody', [slept(1, [1, 2, 6]), woke(2, [4, 5], { domain: 1 })]],
  ['woken by one of another ident', 'woken by nobody', [slept(1, [1, 2, 6]), woke(2, [4, 5], { ident: 1 })]],
  ['a timeout that nobody asked for', 'nobody asked for its timeout', [slept(1, [1, 2, 6], { result: 'EWOULDBLOCK' })]],
  ['a sleep that never ended', 'it never ended', [slept(1, [1, 2])]],
  ['a wakeup that never ended', 'it never ended', [woke(1, [1])]],
  [
    'who could not prepare',
    'nothing explains EBROKERDIED',
    [slept(1, [1, 2, 6], { code: 'EBROKERDIED' }), woke(2, [4, 5])],
  ],
  [
    'who prepares at a broker that has gone',
    'could still prepare',
    [
      { task: 1, access: { kind: 'closed', begin: 53 * S, end: 54 * S, code: 0 } },
      slept(1, [55, 56, 57]),
      woke(2, [56, 56.5]),
    ],
    DIED,
  ],
  [
    'somebody is left in the table',
    'nobody sleeps on 2',
    [{ task: 1, access: { kind: 'check', begin: 1, end: 2, code: 0, left: [2] } }],
  ],
])('a fault: %s', (_what, text, done, deaths) => {
  const found = faultsOf(done, deaths);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(text);
});
