import { describe, expect, test } from 'vitest';
import { newSleeper, type Sleeper, SLEEPER_ROWS } from '../../src/sleep/index.ts';

// lwkt.md §2.2, §2.3: each event in each state.

const rows = SLEEPER_ROWS;

function prepared(): Sleeper {
  const sleeper = newSleeper();
  rows.prepare(sleeper);
  rows.entered(sleeper);
  return sleeper;
}

function asleep(): Sleeper {
  const sleeper = prepared();
  expect(rows.sleep(sleeper, false)).toBe('asleep');
  return sleeper;
}

describe('its slot', () => {
  test('is prepared once it is in the queue', () => {
    const sleeper = newSleeper();
    rows.prepare(sleeper);
    expect(sleeper.slot).toBe('entering');
    rows.entered(sleeper);
    expect(sleeper.slot).toBe('prepared');
  });

  test.each(['entered', 'wakeup'] as const)('is consumed by a wakeup, also one that comes first: %s', (last) => {
    const sleeper = newSleeper();
    rows.prepare(sleeper);
    rows[last === 'entered' ? 'wakeup' : 'entered'](sleeper);
    rows[last](sleeper);
    expect(sleeper.slot).toBe('consumed');
    expect(rows.sleep(sleeper, false)).toBe('woken');
    expect(sleeper).toEqual(newSleeper());
  });

  test('is not touched by a signal that comes before the sleep', () => {
    const sleeper = prepared();
    expect(rows.sleep(sleeper, true)).toBe('interrupted');
    expect(sleeper.slot).toBe('prepared');
    rows.wakeup(sleeper);
    expect(rows.sleep(sleeper, true)).toBe('interrupted');
    expect(sleeper.slot).toBe('consumed');
  });

  test('is filled anew by the next prepare, whatever came of the last', () => {
    const sleeper = prepared();
    rows.wakeup(sleeper);
    rows.prepare(sleeper);
    rows.entered(sleeper);
    expect(rows.sleep(sleeper, false)).toBe('asleep');
  });
});

describe('awake', () => {
  test.each(['wakeup', 'timeout', 'interrupt', 'remove'] as const)('nobody has to make it go on: %s', (event) => {
    const sleeper = prepared();
    expect(rows[event](sleeper)).toBe(false);
    expect(sleeper.is).toBe('awake');
  });

  test('no timer of it counts', () => {
    const sleeper = prepared();
    rows.timeout(sleeper);
    expect(sleeper.isLate).toBe(false);
  });
});

describe('asleep', () => {
  test.each(['wakeup', 'timeout', 'interrupt', 'remove'] as const)('it is made to go on once: %s', (event) => {
    const sleeper = asleep();
    expect(rows[event](sleeper)).toBe(true);
    expect(sleeper.is).toBe('runnable');
    for (const again of ['timeout', 'interrupt', 'remove', 'wakeup'] as const) expect(rows[again](sleeper)).toBe(false);
  });

  test.each([
    [['wakeup'], false, 'woken'],
    [['remove'], false, 'woken'],
    [['interrupt'], true, 'interrupted'],
    [['wakeup'], true, 'interrupted'],
    [['timeout'], false, 'timedOut'],
    [['timeout'], true, 'timedOut'],
    [['wakeup', 'timeout'], false, 'timedOut'],
    [['interrupt', 'timeout'], true, 'timedOut'],
  ] as const)('after %j, signal pending %s: %s, and it is as new', (events, isInterrupted, outcome) => {
    const sleeper = asleep();
    for (const event of events) rows[event](sleeper);
    expect(rows.goOn(sleeper, isInterrupted)).toBe(outcome);
    expect(sleeper).toEqual(newSleeper());
  });
});
