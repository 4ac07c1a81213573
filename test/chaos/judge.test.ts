import { expect, test } from 'vitest';
import { type CallRecord, judge } from './judge.ts';

const FINE: CallRecord = { id: 'a', routine: 'now', ended: 1, outcome: 'ok', handled: undefined, clientKilled: false };
const FAILED: CallRecord = { ...FINE, outcome: 'ESERVERDIED', handled: 'maybe' };

test.each([
  ['a success', FINE, ['a']],
  ['a failure that was handled', FAILED, ['a']],
  ['a failure that was not', { ...FAILED, handled: 'no' }, []],
  ['a one-way that was accepted and lost', { ...FINE, routine: 'note' }, []],
  ['a call whose client was killed', { ...FINE, ended: 0, outcome: undefined, clientKilled: true }, ['a']],
])('%s is no fault', (_what, call, handled) => {
  expect(judge([call], handled).faults).toEqual([]);
});

test.each([
  ['settled more than once', { ...FINE, ended: 2 }, ['a']],
  ['never settled', { ...FINE, ended: 0, outcome: undefined }, ['a']],
  ['a driver got it more than once', FINE, ['a', 'a']],
  ['no driver had it', FINE, []],
  ['never answered', { ...FINE, routine: 'never' }, ['a']],
  ['no kill explains', { ...FAILED, outcome: 'EBADBODY' }, []],
  ['does not say whether', { ...FAILED, handled: undefined }, []],
  ['says it was not handled', { ...FAILED, handled: 'no' }, ['a']],
])('a fault: %s', (text, call, handled) => {
  const { faults } = judge([call], handled);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(text);
});
