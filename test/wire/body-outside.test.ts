import { expect, test } from 'vitest';
import { RIGHT_BRAND } from '../../src/wire/index.ts';
import { decodeBody, encodeBody, type Outside } from '../../src/wire/body.ts';

// Bytes that travel beside the body, under descriptors: see src/wire/body-grade.ts.
test('leave a place in the body, wherever they are, and come back in it', () => {
  const [one, two, none] = [bytes(10), Buffer.from(bytes(20)), bytes(0)];
  const body = {
    one,
    list: [
      two,
      {
        deep: new Map<unknown, unknown>([
          ['two', two],
          [none, 1],
        ]),
      },
      new Set([one]),
    ],
    z: -0,
  };
  const { outside, taken } = all();
  const arrived = decodeBody(
    encodeBody(body, undefined, undefined, outside),
    undefined,
    undefined,
    (index) => taken[index],
  );
  expect(arrived).toEqual(body);
  expect(taken).toEqual([one, two, none]);
});

test('are taken once, however often they are in the body, and arrive as one', () => {
  const shared = bytes(10);
  const { outside, taken } = all();
  const encoded = encodeBody([shared, { again: shared }], undefined, undefined, outside);
  const memory = bytes(10);
  const [first, { again }] = decodeBody(encoded, undefined, undefined, () => memory) as [
    Uint8Array,
    { again: Uint8Array },
  ];
  expect(taken).toHaveLength(1);
  expect(first).toBe(memory);
  expect(again).toBe(memory);
});

test('share their indices with rights', () => {
  class Right {
    readonly [RIGHT_BRAND] = true;
  }
  const [right, data] = [new Right(), bytes(5)];
  const items: unknown[] = [];
  const encoded = encodeBody([data, right], (taken) => items.push(taken) - 1, undefined, {
    has: () => true,
    take: (taken) => items.push(taken) - 1,
  });
  const at = (index: number) => items[index];
  expect(decodeBody(encoded, at, undefined, (index) => at(index) as Uint8Array)).toEqual([data, right]);
  expect(items).toEqual([data, right]);
});

test('alone are a body', () => {
  const { outside, taken } = all();
  const encoded = encodeBody(bytes(100_000), undefined, undefined, outside);
  expect(encoded.length).toBeLessThan(20);
  expect(decodeBody(encoded, undefined, undefined, (index) => taken[index])).toBe(taken[0]);
});

test('that nobody takes after all travel in the body', () => {
  const encoded = encodeBody({ data: bytes(10) }, undefined, undefined, { has: () => true, take: () => undefined });
  expect(decodeBody(encoded)).toEqual({ data: bytes(10) });
});

test('are arrays of bytes and nothing else', () => {
  const body = [new Float64Array(4), new Uint8ClampedArray(4), new ArrayBuffer(4), 'text'];
  const { outside, taken } = all();
  expect(decodeBody(encodeBody(body, undefined, undefined, outside))).toEqual(body);
  expect(taken).toEqual([]);
});

test('that somebody pretends to have are refused', () => {
  const { outside, taken } = all();
  expect(() => encodeBody([Object.create(Uint8Array.prototype)], undefined, undefined, outside)).toThrow('body[0]');
  expect(taken).toEqual([]);
});

function all(): { outside: Outside; taken: Uint8Array[] } {
  const taken: Uint8Array[] = [];
  return { outside: { has: () => true, take: (array) => taken.push(array) - 1 }, taken };
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}
