import { expect, test } from 'vitest';
import type { Access, Death } from './memory/history.ts';
import { judgeMemory } from './memory/judge.ts';

/** Task 1 and 2 are on west, 3 on east. Pages have four records: 0 and 1 are in one, 4 is in the next. */
type Done = { task: number; access: Omit<Access, 'op'> };
type Of = { place?: number; life?: number; code?: string; also?: readonly (readonly [number, string])[] };

function wrote(
  task: number,
  value: string,
  [begin, end]: number[],
  { place = 0, life = 1, code, also = [] }: Of = {},
): Done {
  const writes = [[place, value] as const, ...also];
  return { task, access: { kind: 'write', life, begin: begin ?? 0, writes, ...ended(end, code) } };
}

function read(task: number, values: string | string[], [begin, end]: number[], { place = 0, life = 1 }: Of = {}): Done {
  const reads = [[place, ...[values].flat()] as const];
  return { task, access: { kind: 'read', life, begin: begin ?? 0, reads, ...ended(end) } };
}

function did(task: number, kind: Access['kind'], [begin, end]: number[], { life = 1, code }: Of = {}): Done {
  return { task, access: { kind, life, begin: begin ?? 0, ...ended(end, code) } };
}

function ended(end: number | undefined, code: string | 0 = 0): { end?: number; code?: string | 0 } {
  return end === undefined ? {} : { end, code };
}

const WEST: Death = { what: 'broker', who: 'west', from: 50, to: 52 };
const PAGER: Death = { what: 'pager', who: 1, from: 50, to: 52 };

function faultsOf(done: readonly Done[], deaths: Death[] = [], killed: number[] = []): string[] {
  const tasks = [1, 2, 3].map((task) => ({
    task,
    broker: task === 3 ? 'east' : 'west',
    killed: killed.includes(task),
    accesses: done.filter((one) => one.task === task).map(({ access }, op) => ({ op, ...access })),
  }));
  return judgeMemory({ tasks, deaths }).faults;
}

const W1 = wrote(1, '1.1', [10, 11]);
const W2 = wrote(1, '1.2', [20, 21]);

test.each<[string, Done[], Death[]?, number[]?]>([
  ['what was written last is read', [W1, W2, read(3, '1.2', [30, 31])]],
  ['a read beside a write finds it', [W1, read(3, '1.1', [9, 12])]],
  ['a read beside a write does not find it', [W1, read(3, '', [9, 12])]],
  [
    'two writes at once, in either order',
    [wrote(1, '1.1', [10, 20]), wrote(3, '3.1', [10, 20]), read(2, '1.1', [30, 31])],
  ],
  ['a killed task’s write is seen', [wrote(1, '1.1', [10]), read(3, '1.1', [30, 31])], [], [1]],
  ['a killed task’s write is not seen', [wrote(1, '1.1', [10]), read(3, '', [30, 31])], [], [1]],
  ['half of it is seen, wherever', [wrote(1, '1.1', [10]), read(3, ['', '1.1'], [30, 31])], [], [1]],
  ['half of a write that a neighbour reads meanwhile', [wrote(1, '1.1', [10, 20]), read(2, ['', '1.1'], [15, 16])]],
  ['what nobody waited for is not seen', [wrote(1, '1.1', [10, 20], { code: 'KERN_ABORTED' }), read(3, '', [30, 31])]],
  [
    'some of several pages that nobody waited for',
    [
      wrote(1, '1.1', [10, 20], { place: 3, also: [[4, '1.2']], code: 'KERN_ABORTED' }),
      read(3, '1.1', [30, 31], { place: 3 }),
    ],
  ],
  ['a broker dies with what was not returned', [W1, read(1, '1.1', [12, 13]), read(3, '', [60, 61])], [WEST]],
  ['it had returned it', [W1, W2, read(3, '1.2', [60, 61])], [WEST]],
  ['who waited for the page while the broker died gets the old one', [W1, read(3, '', [45, 70])], [WEST]],
  ['its last page alone is lost', [W1, read(3, '1.1', [15, 16]), W2, read(3, '1.1', [60, 61])], [WEST]],
  ['its tasks read on from what is dead', [W1, wrote(3, '3.1', [60, 61]), read(2, '1.1', [62, 63])], [WEST]],
  [
    'two brokers die, one after the other',
    [W1, read(3, '1.1', [15, 16]), W2, read(3, '1.1', [60, 61]), wrote(3, '3.1', [62, 63]), read(1, '1.1', [90, 91])],
    [
      { ...WEST, who: 'west' },
      { ...WEST, who: 'east', from: 80, to: 82 },
    ],
  ],
  [
    'a pager dies with what was not synced',
    [W1, read(3, '1.1', [15, 16]), read(3, '', [60, 61], { life: 2 })],
    [PAGER],
  ],
  ['it had stored it', [W1, read(3, '1.1', [60, 61], { life: 2 })], [PAGER]],
  [
    'the broker of what was to be synced had died',
    [W1, did(3, 'sync', [60, 61]), read(3, '', [90, 91], { life: 2 })],
    [WEST, { ...PAGER, from: 80, to: 82 }],
  ],
  ['a dead pager’s object is used on', [W1, wrote(1, '1.2', [60, 61]), read(2, '1.2', [62, 63])], [PAGER]],
  ['an error after the pager’s death', [wrote(1, '1.1', [60, 61], { code: 'KERN_MEMORY_ERROR' })], [PAGER]],
  [
    'an error after the broker’s death',
    [did(1, 'closed', [55, 56]), wrote(1, '1.1', [60, 61], { code: 'EBROKERDIED' })],
    [WEST],
  ],
])('no fault: %s', (_what, done, deaths = [], killed = []) => {
  expect(faultsOf(done, deaths, killed)).toEqual([]);
});

test.each<[string, string, Done[], Death[]?, number[]?]>([
  ['an old value after a newer write', 'stale', [W1, W2, read(3, '1.1', [30, 31])]],
  ['what was there first, after a write', 'stale', [W1, read(3, '', [30, 31])]],
  [
    'new, and old again, beside one write',
    'stale',
    [wrote(1, '1.1', [10, 40]), read(3, '1.1', [15, 16]), read(2, '', [20, 21])],
  ],
  [
    'one write undone by another that was over before',
    'stale',
    [wrote(1, '1.1', [10, 11]), wrote(3, '3.1', [20, 21]), read(2, '3.1', [30, 31]), read(2, '1.1', [40, 41])],
  ],
  ['what is written later', 'before it was written', [read(3, '1.1', [5, 6]), W1]],
  ['half of a page on another broker', 'torn', [wrote(1, '1.1', [10, 20]), read(3, ['', '1.1'], [15, 16])]],
  ['half of a write that was over', 'torn', [W1, read(2, ['', '1.1'], [30, 31])]],
  ['what nobody wrote', 'from nowhere', [read(3, '?', [30, 31])]],
  ['what was written elsewhere', 'from nowhere', [W1, read(3, '1.1', [30, 31], { place: 1 })]],
  [
    'what was refused',
    'refused, and seen',
    [wrote(1, '1.1', [10, 20], { code: 'KERN_ABORTED' }), read(3, '1.1', [30, 31])],
  ],
  [
    'at a broker’s death a write is lost that another broker had seen',
    'which was returned',
    [W1, read(3, '1.1', [15, 16]), read(3, '', [60, 61])],
    [WEST],
  ],
  [
    'the same, and the other has only used another record of the page',
    'which was returned',
    [W1, read(3, '', [15, 16], { place: 1 }), read(3, '', [60, 61])],
    [WEST],
  ],
  [
    'at a broker’s death a write is lost that was synced',
    'which was returned',
    [W1, did(3, 'sync', [15, 16]), read(3, '', [60, 61])],
    [WEST],
  ],
  [
    'at a broker’s death another’s write is lost',
    'on another broker',
    [W1, wrote(3, '3.1', [20, 21]), wrote(1, '1.2', [30, 31]), read(3, '1.1', [60, 61])],
    [WEST],
  ],
  ['without a death a write is lost', 'stale', [W1, read(3, '', [60, 61])], [{ ...WEST, who: 'south' }]],
  [
    'two versions come back, one after the other',
    'stale',
    [W1, read(3, '1.1', [12, 13]), W2, read(3, '1.1', [60, 61]), read(3, '1.2', [70, 71])],
    [WEST],
  ],
  [
    'at a pager’s death a write is lost that was synced',
    'which was synced',
    [W1, did(3, 'sync', [15, 16]), read(3, '', [60, 61], { life: 2 })],
    [PAGER],
  ],
  [
    'the next pager begins with two versions',
    'it began with',
    [W1, W2, read(3, '1.2', [60, 61], { life: 2 }), read(3, '1.1', [70, 71], { life: 2 })],
    [PAGER],
  ],
  [
    'the next pager has what was written when the last was dead',
    'a later pager',
    [wrote(1, '1.1', [60, 61]), read(3, '1.1', [70, 71], { life: 2 })],
    [PAGER],
  ],
  [
    'the third pager has what the second had not',
    'came back, after',
    [W1, read(3, '', [60, 61], { life: 2 }), read(3, '1.1', [90, 91], { life: 3 })],
    [PAGER, { what: 'pager', who: 2, from: 80, to: 82 }],
  ],
  ['an access that never ended', 'never ended', [read(1, '', [10])]],
  [
    'an error that nothing explains',
    'nothing explains KERN_MEMORY_ERROR',
    [wrote(1, '1.1', [10, 11], { code: 'KERN_MEMORY_ERROR' })],
    [PAGER],
  ],
  [
    'another broker’s death',
    'nothing explains EBROKERDIED',
    [wrote(3, '3.1', [60, 61], { code: 'EBROKERDIED' })],
    [WEST],
  ],
  [
    'an access without a broker',
    'nothing works without a broker',
    [did(1, 'closed', [55, 56]), read(1, '', [60, 61])],
    [WEST],
  ],
])('a fault: %s', (_what, text, done, deaths = [], killed = []) => {
  const found = faultsOf(done, deaths, killed);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(text);
});
