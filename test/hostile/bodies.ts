import fc from 'fast-check';
import { encodeBody } from '../../src/wire/body.ts';
import { FORM } from '../../src/wire/body-bytes.ts';
import { RIGHT_BRAND } from '../../src/wire/index.ts';

/** A body as a hostile peer may send it: bytes that are none, good ones with damage, and good ones that nobody expects. */
export function hostileBody(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 200 })).map(([form, rest]) => Buffer.of(form, ...rest)),
    },
    { weight: 4, arbitrary: anyValue().map(encoded) },
    { weight: 4, arbitrary: anyValue().map(encoded).chain(damaged) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(FORM.TREE, FORM.GRAPH), fc.nat(20_000))
        .map(([form, levels]) => nested(form, levels)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(FORM.TREE, FORM.GRAPH), claims())
        .map(([form, claim]) => Buffer.of(form, ...claim)),
    },
  );
}

/** Any value that can travel, rights included. */
export function anyValue(): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf(),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('record'),
      tie('map'),
      tie('set'),
      tie('error'),
    ),
    record: fc.dictionary(
      fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('__proto__', 'lba', 'count', 'path', 'name')),
      tie('value'),
      { maxKeys: 4 },
    ),
    map: fc
      .array(fc.tuple(fc.string({ maxLength: 3 }), tie('value')), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    set: fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    error: tie('value').map((cause) => new RangeError('out', { cause })),
  })).value;
}

/** Stands for a right until it is known which. */
export class SomeRight {
  readonly [RIGHT_BRAND] = true;
}

function leaf(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom<unknown>(null, undefined, true, -0, NaN, 2 ** 60, ''),
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 20 }),
    fc.sparseArray(fc.nat(), { maxLength: 6 }),
    fc.constant(0).map(() => new SomeRight()),
  );
}

/** Each right of the value takes the next descriptor, whether there is one or not. */
function encoded(value: unknown): Uint8Array {
  let next = 0;
  return encodeBody(value, () => next++);
}

function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const hits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const cut = fc.nat(bytes.length).map((at) => bytes.slice(0, at));
  const hit = hits.map((places) => {
    const copy = bytes.slice();
    for (const [at, byte] of places) copy[at] = byte;
    return copy;
  });
  return fc.oneof({ weight: 4, arbitrary: hit }, cut);
}

/** Lists in lists, with something at the end, or without an end. */
function nested(form: number, levels: number): Uint8Array {
  return Buffer.concat([Buffer.of(form), Buffer.alloc(levels, 0x91), levels % 2 === 0 ? Buffer.of(1) : Buffer.of()]);
}

/** msgpack's heads of strings, bytes, lists, maps and extensions, with a length that nothing backs. */
function claims(): fc.Arbitrary<number[]> {
  const head = fc.constantFrom(0xc6, 0xc9, 0xdb, 0xdd, 0xdf);
  const claim = fc
    .tuple(head, fc.uint8Array({ minLength: 4, maxLength: 4 }))
    .map(([byte, length]) => [byte, ...length]);
  return fc.array(claim, { minLength: 1, maxLength: 50 }).map((all) => all.flat());
}
