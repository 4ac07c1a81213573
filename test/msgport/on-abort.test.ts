import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/msgport/on-abort.ts';

const count = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

test('however many wait by one signal, it has one listener, and none after the last', () => {
  const { signal } = new AbortController();
  const all = Array.from({ length: 30 }, () => onAbort(signal, () => expect.unreachable('it was not aborted')));
  expect(count(signal)).toBe(1);
  for (const one of all.slice(1)) one[Symbol.dispose]();
  expect(count(signal)).toBe(1);
  all[0]?.[Symbol.dispose]();
  all[0]?.[Symbol.dispose]();
  expect(count(signal)).toBe(0);
  onAbort(signal, () => undefined)[Symbol.dispose]();
  expect(count(signal)).toBe(0);
});

test('each is told once, in order, the same function as often as it was given; who went meanwhile is not', () => {
  const stop = new AbortController();
  const told: string[] = [];
  const twice = (): void => void told.push('twice');
  onAbort(stop.signal, twice);
  onAbort(stop.signal, () => {
    told.push('first');
    gone[Symbol.dispose]();
  });
  onAbort(stop.signal, twice);
  const gone = onAbort(stop.signal, () => void told.push('gone'));
  stop.abort();
  stop.abort();
  expect(told).toEqual(['twice', 'first', 'twice']);
  expect(count(stop.signal)).toBe(0);
});

test('what one throws keeps no other from being told, and is an uncaught error of the process', async () => {
  const stop = new AbortController();
  const told: number[] = [];
  onAbort(stop.signal, () => {
    throw new RangeError('mine');
  });
  onAbort(stop.signal, () => void told.push(2));
  try {
    const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    stop.abort();
    expect(told).toEqual([2]);
    expect(await thrown).toBeInstanceOf(RangeError);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
});
