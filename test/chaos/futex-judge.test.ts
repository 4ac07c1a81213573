import { expect, test } from 'vitest';
import type { FutexAccess } from './futex/history.ts';
import { judgeFutexes } from './futex/judge.ts';
import type { Death } from './memory/history.ts';

/** Task 1 and 2 are on west, 3 on east. */
type Done = { task: number; access: Omit<FutexAccess, 'op'> };

/** Has it from the first moment on until it begins to unlock it at the second; without that for as long as it lives. */
function held(task: number, gen: number, [from, to]: readonly number[], more: Partial<FutexAccess> = {}): Done {
  const end = from ?? 0;
  const unlock = to === undefined ? {} : { unlock: { begin: to, end: to + 1, code: 0 as const } };
  return { task, access: { kind: 'lock', futex: 0, begin: end - 1, end, code: 0, gen, ...unlock, ...more } };
}

/** And changes the records from what it finds there to `write`. */
function changed(found: string | [string[], string[]], write: string, at: number): Partial<FutexAccess> {
  const reads = typeof found === 'string' ? ([[found], [found]] as const) : found;
  return { reads, read: at, write, wrote: at + 1 };
}

function did(
  task: number,
  kind: FutexAccess['kind'],
  [begin, end]: readonly number[],
  more: Partial<FutexAccess> = {},
): Done {
  return { task, access: { kind, begin: begin ?? 0, ...(end === undefined ? {} : { end, code: 0 }), ...more } };
}

function failed(
  task: number,
  code: string,
  [begin, end]: readonly [number, number],
  more: Partial<FutexAccess> = {},
): Done {
  return { task, access: { kind: 'lock', futex: 0, begin, end, code, ...more } };
}

const DIED = { ownerDied: true, consistent: true };
const WEST: Death = { what: 'broker', who: 'west', from: 50, to: 52 };
const PAGER: Death = { what: 'pager', who: 1, from: 50, to: 52 };
const FIRST: Death = { what: 'task', who: 1, from: 50, to: 52 };

type Told = { deaths?: Death[]; revokes?: boolean };

function faultsOf(done: readonly Done[], { deaths = [], revokes = false }: Told = {}): string[] {
  const tasks = [1, 2, 3].map((task) => ({
    task,
    broker: task === 3 ? 'east' : 'west',
    killed: deaths.some(({ what, who }) => what === 'task' && who === task),
    accesses: done.filter((one) => one.task === task).map(({ access }, op) => ({ op, ...access })),
  }));
  return judgeFutexes({ tasks, deaths, revokes }).faults;
}

const effects = (...counts: (readonly [begin: number, count: number])[]): Partial<FutexAccess> => ({
  effects: counts.map(([begin, count]) => ({ begin, end: begin + 1, count })),
});

test.each<[string, Done[], Told?]>([
  ['one after the other, by one generation', [held(1, 5, [10, 20]), held(2, 5, [30, 40]), held(1, 5, [50, 60])]],
  ['one after the other, on two brokers', [held(1, 5, [10, 20]), held(3, 6, [30, 40]), held(1, 7, [50, 60])]],
  ['two futexes at once', [held(1, 5, [10, 20]), held(2, 6, [10, 20], { futex: 1 })]],
  [
    'each finds what the one before wrote',
    [
      held(1, 5, [10, 20], changed('', '1.1', 12)),
      held(3, 6, [30, 40], changed('1.1', '3.1', 32)),
      held(1, 7, [50, 60], changed('3.1', '1.2', 52)),
    ],
  ],
  [
    'a killed holder had written the counter alone',
    [
      held(1, 5, [40], { reads: [[''], ['']], read: 42, write: '1.1' }),
      held(2, 5, [60, 70], { ...DIED, repairs: '1.1', ...changed([['1.1'], ['']], '2.1', 62) }),
      held(3, 6, [80, 90], changed('2.1', '3.1', 82)),
    ],
    { deaths: [FIRST] },
  ],
  [
    'a killed holder had written half of it',
    [
      held(1, 5, [40], { reads: [[''], ['']], read: 42, write: '1.1' }),
      held(2, 5, [60, 70], { ...DIED, repairs: '', ...changed([['', '1.1'], ['']], '2.1', 62) }),
    ],
    { deaths: [FIRST] },
  ],
  [
    'one that was killed had it before it could say so',
    [held(2, 5, [10, 20]), held(2, 5, [60, 70], DIED)],
    { deaths: [FIRST] },
  ],
  [
    'one unmaps it while it has it',
    [
      held(1, 5, [10, 30], { unlock: { begin: 30, end: 31, code: 'ERELEASED' } }),
      did(1, 'unmap', [20, 25]),
      held(2, 5, [40, 50], DIED),
    ],
  ],
  ['one leaves while it has it', [held(1, 5, [10]), did(1, 'closed', [20, 21]), held(2, 5, [40, 50], DIED)]],
  [
    'a broker dies with what nobody else has seen',
    [
      held(3, 5, [10, 20], changed('', '3.1', 12)),
      held(1, 6, [30, 40], changed('3.1', '1.1', 32)),
      held(3, 7, [60, 70], { ...DIED, ...changed('3.1', '3.2', 62) }),
    ],
    { deaths: [WEST] },
  ],
  [
    'and it had given the futex back in good order',
    [
      held(1, 5, [10, 20], changed('', '1.1', 12)),
      held(3, 6, [30, 70], { ...changed([['1.1'], ['']], '3.1', 60), repairs: '1.1' }),
    ],
    { deaths: [WEST] },
  ],
  [
    'its tasks go on with what is dead',
    [held(1, 5, [10]), held(3, 6, [60, 70], DIED), held(2, 5, [80, 90])],
    { deaths: [WEST] },
  ],
  [
    'what is revoked its owner uses on',
    [held(1, 5, [10, 90], { unlock: { begin: 90, end: 91, code: 'EFENCED' } }), held(3, 6, [40, 50], DIED)],
    { revokes: true },
  ],
  [
    'another call was told that it is revoked',
    [
      held(1, 5, [10, 90], { unlock: { begin: 90, end: 91, code: 'EPERM' } }),
      failed(1, 'EFENCED', [40, 41]),
      held(3, 6, [50, 60], DIED),
    ],
    { revokes: true },
  ],
  [
    'nobody gets what is not recoverable',
    [held(1, 5, [40]), held(2, 5, [60, 70], { ownerDied: true }), failed(3, 'ENOTRECOVERABLE', [80, 81])],
    { deaths: [FIRST] },
  ],
  [
    'one effect after the other',
    [held(1, 5, [10, 20], effects([12, 1], [14, 2])), held(2, 5, [30, 40], effects([32, 3], [34, 4]))],
  ],
  [
    'an effect that is refused',
    [held(1, 5, [10, 20], { late: { begin: 40, end: 41, code: 'EFENCED' } }), held(3, 6, [30, 50])],
  ],
  ['it was tried, and not had', [held(1, 5, [10, 20]), failed(2, 'EAGAIN', [12, 13], { kind: 'try' })]],
  [
    'one did not wait for long',
    [held(1, 5, [10, 20]), failed(2, 'KERN_TIMEDOUT', [12, 13], { patience: 'KERN_TIMEDOUT' })],
  ],
  ['one has it already', [held(1, 5, [10, 20]), failed(1, 'EDEADLK', [12, 13])]],
  ['the pager has gone', [failed(1, 'KERN_MEMORY_ERROR', [45, 60])], { deaths: [PAGER] }],
  ['the broker has gone', [failed(1, 'EBROKERDIED', [45, 60])], { deaths: [WEST] }],
  ['a killed task was waiting', [did(1, 'lock', [40], { futex: 0 })], { deaths: [FIRST] }],
])('no fault: %s', (_what, done, told) => {
  expect(faultsOf(done, told)).toEqual([]);
});

test.each<[string, string, Done[], Told?]>([
  ['two at once on one broker', 'two holders', [held(1, 5, [10, 20]), held(2, 5, [15, 30])]],
  ['two at once on two', 'two holders', [held(1, 5, [10, 20]), held(3, 6, [15, 30])]],
  ['one in the middle of the other', 'two holders', [held(1, 5, [10, 50]), held(2, 5, [15, 20])]],
  ['one that is killed only later', 'two holders', [held(1, 5, [10]), held(2, 5, [40, 49])], { deaths: [FIRST] }],
  ['one whose broker dies only later', 'two holders', [held(1, 5, [10]), held(3, 6, [40, 60])], { deaths: [WEST] }],
  [
    'two at once by one generation, though it may be revoked',
    'two holders',
    [held(1, 5, [10, 20]), held(2, 5, [15, 30])],
    { revokes: true },
  ],
  ['a generation comes back', 'generations fall', [held(3, 6, [10, 20]), held(1, 5, [30, 40])]],
  [
    'an update is lost',
    "finds '' in the counter, which is '1.1'",
    [held(1, 5, [10, 20], changed('', '1.1', 12)), held(2, 5, [30, 40], { ...changed([[''], ['1.1']], '2.1', 32) })],
  ],
  [
    'only the copy’s update is lost',
    "finds '' in the copy, which is '1.1'",
    [
      held(1, 5, [10, 20], changed('', '1.1', 12)),
      held(3, 6, [30, 40], { ...changed([['1.1'], ['']], '3.1', 32), repairs: '1.1' }),
    ],
  ],
  [
    'half an update, though nobody died',
    "finds 'torn' in the copy",
    [
      held(1, 5, [10, 20], changed('', '1.1', 12)),
      held(3, 6, [30, 40], { ...changed([['1.1'], ['', '1.1']], '3.1', 32), repairs: '1.1' }),
    ],
  ],
  [
    'more is lost than a killed holder had begun',
    "finds '' in the copy",
    [
      held(2, 5, [10, 20], changed('', '2.1', 12)),
      held(1, 5, [40], { reads: [['2.1'], ['2.1']], read: 42, write: '1.1' }),
      held(2, 5, [60, 70], { ...DIED, ...changed([['1.1'], ['']], '2.2', 62), repairs: '1.1' }),
    ],
    { deaths: [FIRST] },
  ],
  [
    'a broker’s death loses what another had seen',
    "finds '' in the co",
    [
      held(1, 5, [10, 20], changed('', '1.1', 12)),
      held(3, 6, [22, 25], changed('1.1', '3.1', 23)),
      held(1, 7, [30, 40], changed('3.1', '1.2', 32)),
      held(3, 8, [60, 70], { ...DIED, ...changed([['3.1'], ['']], '3.2', 62), repairs: '3.1' }),
    ],
    { deaths: [WEST] },
  ],
  [
    'what a repair had put right is wrong again',
    "finds '' in the copy, which is '1.1'",
    [
      held(1, 5, [40], changed('', '1.1', 42)),
      held(2, 5, [60, 70], { ...DIED, reads: [['1.1'], ['1.1']], read: 62 }),
      held(2, 5, [80, 90], { ...changed([['1.1'], ['']], '2.2', 82), repairs: '1.1' }),
    ],
    { deaths: [FIRST] },
  ],
  ['nobody had died', 'told of a death for nothing', [held(1, 5, [10, 20]), held(2, 5, [30, 40], DIED)]],
  [
    'it was unlocked since somebody died',
    'told of a death for nothing',
    [held(2, 5, [60, 70]), held(3, 6, [80, 90], DIED)],
    { deaths: [FIRST] },
  ],
  ['its owner was killed', 'is not told that', [held(1, 5, [40]), held(2, 5, [60, 70])], { deaths: [FIRST] }],
  ['its owner’s broker was killed', 'is not told that', [held(1, 5, [40]), held(3, 6, [60, 70])], { deaths: [WEST] }],
  ['its owner unmapped it', 'is not told that', [held(1, 5, [10]), did(1, 'unmap', [20, 25]), held(2, 5, [40, 50])]],
  ['its owner left', 'is not told that', [held(1, 5, [10]), did(1, 'closed', [20, 21]), held(2, 5, [40, 50])]],
  [
    'it was revoked',
    'is not told that',
    [held(1, 5, [10, 90], { unlock: { begin: 90, end: 91, code: 'EFENCED' } }), held(3, 6, [95, 99])],
    { revokes: true },
  ],
  [
    'one gets what is not recoverable',
    'not recoverable',
    [held(1, 5, [40]), held(2, 5, [60, 70], { ownerDied: true }), held(3, 6, [80, 90], DIED)],
    { deaths: [FIRST] },
  ],
  [
    'it is not recoverable, though nobody left it so',
    'nothing explains ENOTRECOVERABLE',
    [failed(3, 'ENOTRECOVERABLE', [80, 81])],
  ],
  [
    'an effect in the middle of another’s',
    'effects between',
    [held(1, 5, [10, 30], effects([12, 1], [20, 3])), held(2, 5, [35, 40], effects([36, 2]))],
  ],
  [
    'an effect with a generation that was over before',
    'a generation that is over',
    [held(1, 5, [10, 20], effects([12, 2])), held(3, 6, [30, 40], effects([32, 1]))],
  ],
  [
    'a late effect, after the next one had it',
    'an effect at 40 of',
    [held(1, 5, [10, 20], { late: { begin: 40, end: 41, count: 1 } }), held(3, 6, [30, 50])],
  ],
  ['a call that never ended', 'never ended', [did(1, 'lock', [10], { futex: 0 })]],
  ['a sleep that never ended', 'never ended', [did(1, 'wait', [10], { value: 1 })]],
  ['an unlocking that never ended', 'never ended', [held(1, 5, [10, 20], { unlock: { begin: 20 } })]],
  ['a timeout that nobody asked for', 'nothing explains KERN_TIMEDOUT', [failed(2, 'KERN_TIMEDOUT', [12, 13])]],
  ['not had, though it was not only tried', 'nothing explains EAGAIN', [failed(2, 'EAGAIN', [12, 13])]],
  [
    'a deadlock with a futex of another',
    'nothing explains EDEADLK',
    [held(1, 5, [10, 20]), failed(2, 'EDEADLK', [12, 13])],
  ],
  ['an error though the pager lives', 'nothing explains KERN_MEMORY_ERROR', [failed(1, 'KERN_MEMORY_ERROR', [45, 60])]],
  [
    'an error of another’s broker',
    'nothing explains EBROKERDIED',
    [failed(3, 'EBROKERDIED', [45, 60])],
    { deaths: [WEST] },
  ],
  [
    'a fence, though nothing is revoked',
    'unlocking it ends with EFENCED',
    [held(1, 5, [10, 20], { unlock: { begin: 20, end: 21, code: 'EFENCED' } })],
  ],
  [
    'somebody else’s lock',
    'unlocking it ends with EPERM',
    [held(1, 5, [10, 20], { unlock: { begin: 20, end: 21, code: 'EPERM' } })],
    { revokes: true },
  ],
])('a fault: %s', (_what, text, done, told) => {
  const found = faultsOf(done, told);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(text);
});
