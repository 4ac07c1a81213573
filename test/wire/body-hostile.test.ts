import { Packr } from 'msgpackr';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { FORM } from '../../src/wire/body-bytes.ts';
import { PATCH } from '../../src/wire/body-patch.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { RIGHT_BRAND } from '../../src/wire/index.ts';

const packer = new Packr({ useRecords: true, structuredClone: true });

describe('hostile bodies are protocol errors, quickly', () => {
  const bad: [string, Uint8Array][] = [
    ['empty', Buffer.of()],
    ['an unknown form', Buffer.of(9, 1)],
    ['a form and nothing', Buffer.of(FORM.TREE)],
    ['bytes after the value', Buffer.of(FORM.TREE, 1, 1)],
    ['a short string', Buffer.of(FORM.TREE, 0xd9, 200, 65)],
    ['an array that claims four billion items', Buffer.of(FORM.TREE, 0xdd, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a map that claims four billion entries', Buffer.of(FORM.GRAPH, 0xdf, 0xff, 0xff, 0xff, 0xff, 1)],
    ['bytes that claim a gigabyte', Buffer.of(FORM.TREE, 0xc6, 0x40, 0, 0, 0, 1)],
    ['an extension that claims a gigabyte', Buffer.of(FORM.GRAPH, 0xc9, 0x40, 0, 0, 0, 0x74, 1)],
    ['an extension nobody knows', Buffer.of(FORM.GRAPH, 0xd4, 0x33, 0)],
    ['a reference to nothing', Buffer.of(FORM.GRAPH, 0xd6, 0x70, 0, 0, 0, 9)],
    ['a reference in a tree', Buffer.of(FORM.TREE, 0xd6, 0x69, 0, 0, 0, 1, 0x90)],
    ['a record definition that is no list', Buffer.of(FORM.GRAPH, 0xd4, 0x72, 0x40, 1)],
    ['a regular expression that is none', graph(0xd4, 0x78, 0, 0x92, 0xa1, 0x28, 0xa0)],
    ['nested deeper than a body may', Buffer.concat([Buffer.of(FORM.TREE), Buffer.alloc(300, 0x91), Buffer.of(1)])],
    ['nested without end', Buffer.concat([Buffer.of(FORM.TREE), Buffer.alloc(3_000_000, 0x91)])],
    ['records nested without end', Buffer.concat([Buffer.of(FORM.GRAPH), Buffer.alloc(3_000_000, 0x91)])],
    ['a small body that means a huge one, and a byte more', Buffer.concat([bomb(), Buffer.of(0)])],
    ['patches that are none', patched([1, 2])],
    ['no patches', patched([1])],
    ['a patch that is no list', patched([1, [5]])],
    ['a patch of unknown kind', patched([[1], [[99, [0]]]])],
    ['a patch without a place', patched([1, [[PATCH.DATE]]])],
    ['a patch for a place that is not there', patched([{ a: 1 }, [[PATCH.DATE, ['b']]]])],
    ['a patch for a prototype', patched([{ a: 1 }, [[PATCH.DATE, ['__proto__', 'x']]]])],
    ['a patch for a method', patched([[1], [[PATCH.DATE, ['push']]]])],
    ['a patch for the length of an array', patched([[1], [[PATCH.DATE, ['length']]]])],
    ['a patch over the wrong thing', patched([['x'], [[PATCH.DATE, [0]]]])],
    ['a set over no list', patched([[1], [[PATCH.SET, [0]]]])],
    ['an error over no record', patched([[1], [[PATCH.ERROR, [0]]]])],
    ['a text over no bytes', patched([[1], [[PATCH.UTF16, [0]]]])],
    ['a key without a value', patched([[[1]], [[PATCH.MAP, [0]]]])],
    ['an object key that is no string', patched([[[1, 2]], [[PATCH.OBJECT, [0]]]])],
    ['a sparse array without end', patched([[[4e9, 0, 1]], [[PATCH.SPARSE, [0]]]])],
    [
      'arrays with holes that have too many places together',
      patched([holes(3), [0, 1, 2].map((i) => [PATCH.SPARSE, [i]])]),
    ],
    ['an index outside', patched([[[2, 5, 1]], [[PATCH.SPARSE, [0]]]])],
    ['a right without a descriptor', patched([[null], [[PATCH.RIGHT, [0]]]])],
    ['memory without a descriptor', patched([[null], [[PATCH.MEMORY, [0]]]])],
    ['memory whose descriptor is not there', patched([[null], [[PATCH.MEMORY, [0], 0]]])],
  ];
  test.each(bad)('%s', (_name, bytes) => {
    const begin = performance.now();
    expect(() => decodeBody(bytes)).toThrow(ProtocolError);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  test('one long place shared by very many patches is not walked again and again', () => {
    const place = Array.from({ length: 5000 }, () => 0);
    expect(() => decodeBody(patched([[1], Array.from({ length: 5000 }, () => [PATCH.DATE, place])]))).toThrow(
      ProtocolError,
    );
  });

  test('a small body that means a huge one decodes to what it is: a graph that shares', () => {
    expect(decodeBody(bomb())).toHaveLength(2);
  });

  test('what shares, or runs in a circle, is not deep', () => {
    const ring: unknown[] = [new Uint8Array(1000)];
    ring.push([ring, ring]);
    let layers: unknown[] = [1];
    for (let i = 0; i < 200; i++) layers = [layers, layers];
    expect(decodeBody(encodeBody(ring))).toEqual(ring);
    // Comparing them would take for ever.
    expect(decodeBody(encodeBody({ layers }))).toHaveProperty('layers');
  });

  test.each<[string, unknown]>([
    ['two patches for one place', [[null], [right([0]), right([0], 1)]]],
    ['behind a place of its own', [[[null]], [right([0, 0]), [PATCH.DATE, [0]]]]],
    ['under a key that comes twice', [[['a', null, 'a', 1]], [right([0, 1]), [PATCH.OBJECT, [0]]]]],
    ['in a field that an error has not', [[{ type: 'Error', x: null }], [right([0, 'x']), [PATCH.ERROR, [0]]]]],
    ['among bytes', [[new Uint8Array(3)], [right([0, '1'])]]],
  ])('a body cannot hide a right: %s', (_how, data) => {
    expect(() => decodeBody(patched(data), (descriptor) => ({ [RIGHT_BRAND]: descriptor }))).toThrow(ProtocolError);
  });

  test('no body changes a prototype', () => {
    for (const key of ['__proto__', 'constructor']) {
      const map = Buffer.concat([
        Buffer.of(FORM.TREE, 0x81, 0xa0 | key.length),
        Buffer.from(key),
        Buffer.of(0x81, 0xa1, 120, 1),
      ]);
      const decoded = decodeBody(map) as { x?: unknown };
      expect(decoded.x).toBeUndefined();
      expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    }
    const viaPatch = decodeBody(patched([[['__proto__', { x: 1 }]], [[PATCH.OBJECT, [0]]]])) as { x?: unknown }[];
    expect(viaPatch[0]?.x).toBeUndefined();
    expect(Object.getPrototypeOf(viaPatch[0])).toBe(Object.prototype);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('a body cannot name a record of the body before it', () => {
    expect(decodeBody(encodeBody(Array.from({ length: 20 }, () => ({ secret: 1 }))))).toHaveLength(20);
    expect(decodeBody(Buffer.of(FORM.GRAPH, 0x40))).toBe(0x40);
  });

  test('random bytes, and good bodies with bad bytes in them', () => {
    const good = encodeBody({ a: [new Map([[1, -0]]), new Date(5), /x/, 'text', new Error('e')], b: { c: 2n ** 80n } });
    const forms = fc.constantFrom(...Object.values(FORM));
    const random = fc.tuple(forms, fc.uint8Array({ maxLength: 60 })).map(([form, rest]) => Buffer.of(form, ...rest));
    const damaged = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((hits) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of hits) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(random, damaged), (bytes) => {
        try {
          decodeBody(bytes, () => null);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        expect(decodeBody(good)).toHaveProperty('b');
      }),
      { numRuns: 4000 },
    );
  });
});

function holes(count: number): number[][] {
  return Array.from({ length: count }, () => [1 << 19]);
}

function graph(...bytes: number[]): Buffer {
  return Buffer.of(FORM.GRAPH, ...bytes);
}

function right(place: unknown[], descriptor = 0): unknown[] {
  return [PATCH.RIGHT, place, descriptor];
}

function patched(data: unknown): Buffer {
  return Buffer.concat([Buffer.of(FORM.PATCHED), packer.pack(data)]);
}

/** Sixty levels of "the same twice". */
function bomb(): Buffer {
  let value: unknown[] = [1];
  for (let i = 0; i < 60; i++) value = [value, value];
  return Buffer.concat([Buffer.of(FORM.GRAPH), packer.pack(value)]);
}
