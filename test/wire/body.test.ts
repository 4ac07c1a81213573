import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { gradeOf } from '../../src/wire/body-grade.ts';

describe('whatever structured clone keeps arrives equal', () => {
  test('any tree of values', () => {
    fc.assert(
      fc.property(fc.letrec(anyValue)['value'] as fc.Arbitrary<unknown>, (value) => {
        expect(isDeepStrictEqual(roundTrip(value), structuredClone(value))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('many bodies in a row decode in any order: no body leans on another', () => {
    fc.assert(
      fc.property(fc.array(fc.object({ maxDepth: 3 }), { minLength: 2, maxLength: 12 }), fc.nat(), (bodies, seed) => {
        const encoded = bodies.map((body) => encodeBody(body));
        const order = bodies.map((_, i) => i).sort((a, b) => ((a * 7 + seed) % 11) - ((b * 7 + seed) % 11));
        for (const i of order) {
          expect(isDeepStrictEqual(decodeBody(encoded[i] ?? Buffer.alloc(0)), structuredClone(bodies[i]))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('graphs: shared references and cycles keep their shape', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(), fc.nat()), { minLength: 1, maxLength: 20 }), (spec) => {
        const graph = linked(spec);
        const copy = roundTrip(graph);
        expect(shape(copy)).toEqual(shape(graph));
      }),
      { numRuns: 800 },
    );
  });

  const special: [string, unknown][] = [
    ['minus zero', { a: -0, b: [-0, 0] }],
    ['lone surrogates', ['\ud800', { '\udc00x': 'a\ud800b' }, new Map([['\ud800', 1]])]],
    [
      'keys that engines and packers use themselves',
      JSON.parse('{"__proto__":{"x":1},"__keys__":{"a":1},"constructor":1}'),
    ],
    ['an empty object after a key __keys__', [{ __keys__: { a: 1 } }, {}, { a: 1, __keys__: 2 }, { a: 2 }]],
    ['keys named like methods', { hasOwnProperty: 1, toJSON: 2, constructor: 3, valueOf: 4, toString: 5, length: 6 }],
    ['toJSON beside a foreign constructor', { constructor: 1, toJSON: 2 }],
    ['sparse arrays', [sparse({ 1: 1, 3: undefined }, 5), sparse({}, 2), [sparse({ 0: {} }, 3)]]],
    ['boxed primitives', [Object(1), Object('x'), Object(false), Object(5n)]],
    ['dates', [new Date(0), new Date(-1), new Date(1_700_000_000_123), new Date(8.64e15)]],
    ['big integers', [0n, -1n, 2n ** 63n, 2n ** 64n, -(2n ** 64n), 2n ** 5000n - 7n, -(2n ** 70_000n), 1n << 524_288n]],
    ['regular expressions', [/a\/b/giu, /^$/]],
    ['undefined', [undefined, { a: undefined }]],
    ['arrays of arrays', [[[[]]], [], [[1], [2]]]],
    [
      'typed arrays',
      [new Uint8Array([1, 2]), new Float64Array([1, -0, NaN]), new BigInt64Array([-1n]), new ArrayBuffer(3)],
    ],
    ['a view into a larger buffer', new DataView(new ArrayBuffer(9))],
    ['numbers', [NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 31), 2 ** 32, 0.1, 5e-324]],
    ['a dictionary with many keys', Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key ${i}`, i]))],
    ['many shapes', Array.from({ length: 300 }, (_, i) => ({ [`a${i}`]: i, [`b${i % 70}`]: { c: i } }))],
    ['long strings', ['x'.repeat(100_000), 'ü'.repeat(70_000), '😀'.repeat(33)]],
  ];
  test.each(special)('%s', (_name, value) => {
    expect(isDeepStrictEqual(roundTrip(value), structuredClone(value))).toBe(true);
  });

  test('an invalid date stays one', () => {
    expect(roundTrip(new Date(NaN))).toEqual(new Date(NaN));
  });

  test('an object without a prototype stays one', () => {
    const value = Object.assign(Object.create(null) as object, { a: -0, b: [1] });
    const copy = roundTrip({ value }) as { value: object };
    expect(Object.getPrototypeOf(copy.value)).toBe(null);
    expect(isDeepStrictEqual(copy.value, value)).toBe(true);
  });

  test('a Buffer arrives as a Uint8Array of the same bytes, in memory of its own', () => {
    for (const special of [0, -0]) {
      const encoded = encodeBody([Buffer.from('abc'), special]);
      const [bytes] = decodeBody(encoded) as [Uint8Array];
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      encoded.fill(0);
      expect([...bytes]).toEqual([97, 98, 99]);
    }
  });

  test('a typed array with nothing behind it but its own bytes', () => {
    const view = new Uint8Array(1000).subarray(10, 20);
    expect((roundTrip(view) as Uint8Array).buffer.byteLength).toBe(10);
  });

  test('what the caveats except: shared memory of views, named properties of views, symbols, accessors', () => {
    const buffer = new ArrayBuffer(8);
    const views = roundTrip([new Uint8Array(buffer), new Int32Array(buffer)]) as [Uint8Array, Int32Array];
    expect(views[0].buffer).not.toBe(views[1].buffer);
    const named = Object.assign(new Uint8Array(2), { extra: 1 });
    const long = Object.assign(new Array<number>(17).fill(1), { extra: 1 });
    const symbol = Symbol('s');
    for (const zero of [0, -0]) {
      const copy = roundTrip([
        zero,
        named,
        { [symbol]: 1 },
        {
          get double() {
            return zero + 2;
          },
        },
      ]) as object[];
      expect(Object.keys(copy[1] ?? {})).toEqual(['0', '1']);
      expect(Reflect.ownKeys(copy[2] ?? {})).toEqual([]);
      expect(Object.getOwnPropertyDescriptor(copy[3], 'double')).toMatchObject({ value: 2, writable: true });
    }
    expect(Object.keys(roundTrip(long) as object)).toHaveLength(17);
    expect(() => encodeBody([long, -0])).toThrow('body[0].extra: a named property');
  });

  test('cycles through everything that can hold something', () => {
    const map = new Map<unknown, unknown>();
    const set = new Set<unknown>();
    const error: Error = new TypeError('round');
    const bare = Object.create(null) as Record<string, unknown>;
    const all: Record<string, unknown> = { map, set, error, bare, list: [-0] };
    map.set('set', set).set(set, all);
    set.add(map).add(error).add(all);
    error.cause = all;
    bare['error'] = error;
    const copy = roundTrip(all) as typeof all;
    expect(copy['map']).toBeInstanceOf(Map);
    const [copiedMap, copiedSet, copiedError] = [copy['map'], copy['set'], copy['error']] as [
      Map<unknown, unknown>,
      Set<unknown>,
      Error,
    ];
    expect(copiedMap.get('set')).toBe(copiedSet);
    expect(copiedMap.get(copiedSet)).toBe(copy);
    expect([...copiedSet]).toEqual([copiedMap, copiedError, copy]);
    expect(copiedError.cause).toBe(copy);
    expect((copy['bare'] as typeof bare)['error']).toBe(copiedError);
  });
});

describe('cost', () => {
  test('a graph that shares much is walked once', () => {
    let value: unknown = [1];
    for (let i = 0; i < 100; i++) value = [value, value];
    expect(gradeOf(value, 256)).toBe('graph');
    expect(gradeOf([value, -0], 256)).toBe('special');
    expect(decodeBody(encodeBody([value, -0]))).toHaveLength(2);
  });

  test('a large body does not stay behind', () => {
    encodeBody(new Uint8Array(4_000_000));
    expect(encodeBody({ a: 1 }).buffer.byteLength).toBeLessThan(100_000);
  });
});

function roundTrip(value: unknown): unknown {
  return decodeBody(encodeBody(value));
}

function anyValue(tie: fc.LetrecTypedTie<{ value: unknown }>): { value: fc.Arbitrary<unknown> };
function anyValue(tie: (key: string) => fc.Arbitrary<unknown>): Record<string, fc.Arbitrary<unknown>>;
function anyValue(tie: (key: never) => fc.Arbitrary<unknown>): { value: fc.Arbitrary<unknown> } {
  const value = tie('value' as never);
  const key = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', '__keys__', 'constructor'),
  );
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 }), codeUnits);
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, undefined, true, false, -0, NaN, Infinity),
      fc.integer(),
      fc.double(),
      fc.bigInt(),
      text,
      fc.date({ noInvalidDate: true }),
      fc.uint8Array(),
      fc.int32Array(),
      fc.float64Array(),
      fc.bigUint64Array(),
      fc.constantFrom(/x/g, new ArrayBuffer(4), new DataView(new ArrayBuffer(2))),
      fc.array(value, { maxLength: 6 }),
      fc.sparseArray(value, { maxLength: 8 }),
      fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }),
      fc.array(fc.tuple(value, value), { maxLength: 4 }).map((entries) => new Map(entries)),
      fc.array(value, { maxLength: 4 }).map((items) => new Set(items)),
      fc.tuple(text, value).map(([message, cause]) => new RangeError(message, { cause })),
    ),
  };
}

const codeUnits = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

function sparse(items: Record<number, unknown>, length: number): unknown[] {
  return Object.assign(new Array<unknown>(length), items);
}

/** Objects of every container kind that point at each other as the numbers say. */
function linked(spec: readonly [number, number, number][]): unknown {
  const nodes = spec.map(([kind]): object => {
    const kinds = [{}, [], new Map(), new Set(), [-0], { zero: -0 }];
    return kinds[kind] ?? {};
  });
  spec.forEach(([, first, second], i) => {
    const node = nodes[i];
    const [a, b] = [nodes[first % nodes.length], nodes[second % nodes.length]];
    if (Array.isArray(node)) node.push(a, b);
    else if (node instanceof Map) node.set(a, b);
    else if (node instanceof Set) node.add(a).add(b);
    else Object.assign(node ?? {}, { a, b });
  });
  return nodes[0];
}

/** A graph as text: every object has the number at which it was first met. */
function shape(root: unknown): string[] {
  const numbers = new Map<unknown, number>();
  const lines: string[] = [];
  visit(root);
  return lines;

  function visit(value: unknown): string {
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
    const known = numbers.get(value);
    if (known !== undefined) return `#${known}`;
    const number = numbers.size;
    numbers.set(value, number);
    const at = lines.push('') - 1;
    const parts = value instanceof Map || value instanceof Set ? [...value].flat() : Object.entries(value).flat();
    lines[at] = `#${number} ${value.constructor.name}(${parts.map(visit).join(' ')})`;
    return `#${number}`;
  }
}
