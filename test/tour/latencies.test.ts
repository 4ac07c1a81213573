import { expect, test } from 'vitest';

import { Latencies } from '../../src/tour/latencies.ts';

function latenciesOf(values: Iterable<number>): Latencies {
  const latencies = new Latencies();
  for (const value of values) latencies.add(value);
  return latencies;
}

test('nearest rank', () => {
  const hundred = latenciesOf(Array.from({ length: 100 }, (_, index) => 100 - index));
  expect(hundred.percentiles(0, 1, 50, 99, 100)).toEqual([1, 1, 50, 99, 100]);
  expect(latenciesOf([7]).percentiles(50, 99)).toEqual([7, 7]);
  expect(latenciesOf([1, 2, 3]).percentiles(50, 99)).toEqual([2, 3]);
  expect(latenciesOf([]).percentiles(50, 99)).toEqual([0, 0]);
});

test('numbers are ordered as numbers, and many calls are kept', () => {
  const many = latenciesOf(Array.from({ length: 100_000 }, (_, index) => index + 1));
  expect(many.count).toBe(100_000);
  expect(many.percentiles(50, 99)).toEqual([50_000, 99_000]);
});

test('a call that completes in place stays in place', () => {
  const latencies = new Latencies();
  expect(latencies.time(() => 7)).toBe(7);
  expect(latencies.count).toBe(1);
});

test('a call counts when it has settled, and when it failed', async () => {
  const latencies = new Latencies();
  const later = latencies.time(() => Promise.resolve(7));
  expect(latencies.count).toBe(0);
  expect(await later).toBe(7);
  expect(latencies.count).toBe(1);
  await expect(latencies.time(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
  const failing = (): number => {
    throw new Error('now');
  };
  expect(() => latencies.time(failing)).toThrow('now');
  expect(latencies.count).toBe(3);
});
