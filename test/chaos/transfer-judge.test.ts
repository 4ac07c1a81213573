import { expect, test } from 'vitest';
import { judgeTransfers, type Told } from './transfer-judge.ts';

const ASKED: Told = { begin: 'call', key: 'c', how: 'now' };
const OK: Told = { keep: 'c', outcome: 'ok' };
const FAILED: Told = { keep: 'c', outcome: 'ESERVERDIED', handled: 'maybe' };
const WATCHED: Told = { begin: 'dead', key: 'w' };
const TOLD: Told = { keep: 'w' };
const BACKED: Told = { begin: 'once', key: 'b', backupOf: 'port' };
const REACHED = 'c,port,sender,1,receiver';

function faults(
  told: Told[],
  logged: string[],
  { killed = false, receiverKilled = false, killsLose = false } = {},
): string[] {
  const traders = [
    { name: 'sender', killed, told },
    { name: 'receiver', killed: receiverKilled, told: [] },
  ];
  return judgeTransfers(traders, logged, { killsLose }).faults;
}

test.each<[string, Told[], string[], object?]>([
  ['a call that was answered', [ASKED, OK], [REACHED]],
  ['a call that failed and was handled', [ASKED, FAILED], [REACHED]],
  ['a call that reached nobody', [ASKED, { ...FAILED, handled: 'no' }], []],
  ['a one-way message that was accepted and lost', [{ ...ASKED, how: 'note' }, OK], []],
  [
    'a poll that met a full queue',
    [
      { ...ASKED, poll: true },
      { keep: 'c', outcome: 'MACH_SEND_TIMED_OUT', handled: 'no' },
    ],
    [],
  ],
  ['a promise to the killed', [ASKED, WATCHED], [REACHED], { killed: true }],
  ['a watcher that was told', [WATCHED, TOLD], []],
  ['a backup that got the port', [BACKED, { keep: 'b', outcome: 69 }], []],
  ['a backup that was taken back', [BACKED, { unset: 'port' }, { keep: 'b', outcome: 71 }], []],
  ['a watcher that was let go', [WATCHED, { drop: 'w' }], []],
  [
    'a call that a killed task had taken, if kills lose',
    [ASKED, OK],
    [REACHED, 'c,port,sender,1,sender'],
    { receiverKilled: true, killsLose: true },
  ],
])('%s is no fault', (_what, told, logged, how = {}) => {
  expect(faults(told, logged, how)).toEqual([]);
});

test.each<[string, Told[], string[], object?]>([
  ['kept 2 times', [WATCHED, TOLD, TOLD], []],
  ['never kept', [WATCHED], []],
  ['never kept', [ASKED], [REACHED]],
  ['after it was let go', [WATCHED, { drop: 'w' }, TOLD], []],
  ['more than once', [ASKED, OK], [REACHED, 'c,port,sender,2,receiver']],
  ['more than once', [ASKED, OK], [REACHED, 'c,port,sender,2,sender'], { receiverKilled: true }],
  ['reached nobody', [ASKED, OK], []],
  ['nothing explains', [ASKED, { keep: 'c', outcome: 'EBADBODY', handled: 'no' }], []],
  ['nothing explains', [ASKED, { keep: 'c', outcome: 'MACH_SEND_TIMED_OUT', handled: 'no' }], []],
  ['does not say whether', [ASKED, { keep: 'c', outcome: 'ESERVERDIED' }], []],
  ['it was not handled, and was', [ASKED, { ...FAILED, handled: 'no' }], [REACHED]],
  ['1 came after 2', [], ['x,port,sender,2,receiver', 'y,port,sender,1,receiver']],
  ['0 at most were replaced', [BACKED, { keep: 'b', outcome: 71 }], []],
  ['of what never began', [TOLD], []],
  ['as it said itself', [{ fault: 'as it said itself' }], []],
])('a fault: %s', (text, told, logged, how = {}) => {
  const found = faults(told, logged, how);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(text);
});
