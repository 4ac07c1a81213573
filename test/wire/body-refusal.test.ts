import { describe, expect, test } from 'vitest';
import { IpcError } from '../../src/errors.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { RIGHT_BRAND } from '../../src/wire/index.ts';

class Point {
  x = 1;
}

describe('what cannot arrive equal is refused with its path', () => {
  const refused: [unknown, string][] = [
    [{ args: { items: [1, 2, 3, { cb: () => {} }] } }, 'body.args.items[3].cb: a function'],
    [() => {}, 'body: a function'],
    [{ 'with space': Symbol('s') }, 'body["with space"]: a symbol'],
    [[new Point()], 'body[0]: an instance of Point'],
    [{ p: Promise.resolve() }, 'body.p: a Promise'],
    [new WeakMap(), 'body: an instance of WeakMap'],
    [new (class extends Map {})(), 'body: an instance of a class'],
    [new (class Names extends Array {})(), 'body: an instance of Names'],
    [Object.create({ inherited: 1 }), 'body: an instance of Object'],
    [{ shared: new SharedArrayBuffer(1) }, 'body.shared: shared memory'],
    [[new Uint8Array(new SharedArrayBuffer(1))], 'body[0]: shared memory'],
    [new Map([['k', Symbol.iterator]]), 'body["(0)"]: a symbol'],
    [new Set([1, () => {}]), 'body["(1)"]: a function'],
    [{ e: Object.assign(new Error('x'), { fn: () => {} }) }, 'body.e.fn: a function'],
    [Object.assign([1], { 5_000_000: 1 }), 'body: an array with holes'],
    [new URL('x:y'), 'body: an instance of URL'],
    [{ __proto__: null, f: () => {} }, 'body.f: a function'],
    [Object(Symbol('boxed')), 'body: an instance of Symbol'],
  ];
  test.each(refused)('%#: %s', (body, message) => {
    const error = thrownBy(() => encodeBody(body));
    expect(error).toMatchObject({ code: 'EBADBODY' });
    expect(error.message).toContain(message);
  });

  test('nesting deeper than the limit, and a long chain of links', () => {
    let nested: unknown = 1;
    for (let i = 0; i < 9; i++) nested = [nested];
    expect(decodeBody(encodeBody(nested, undefined, 9))).toEqual(nested);
    expect(thrownBy(() => encodeBody([nested], undefined, 9)).message).toContain('nested deeper than 9 levels');
    let chain: object = {};
    for (let i = 0; i < 100_000; i++) chain = { chain };
    expect(thrownBy(() => encodeBody(chain)).code).toBe('EBADBODY');
  });

  test('the same encoder still works afterwards', () => {
    expect(() =>
      encodeBody({
        get bad(): never {
          throw new Error('getter');
        },
      }),
    ).toThrow('getter');
    expect(decodeBody(encodeBody({ a: [1] }))).toEqual({ a: [1] });
  });
});

describe('rights', () => {
  class Right {
    readonly [RIGHT_BRAND] = true;
  }

  test('leave as descriptors and come back in their places', () => {
    const [one, two] = [new Right(), new Right()];
    const body = { disk: one, list: [two, one, { deep: new Map([['two', two]]) }], z: -0 };
    const taken: [object, unknown][] = [];
    const bytes = encodeBody(body, (right, path) => taken.push([right, path]) - 1);
    expect(taken).toEqual([
      [one, ['disk']],
      [two, ['list', 0]],
    ]);
    const arrived = decodeBody(bytes, (index) => taken[index]?.[0]);
    expect(arrived).toEqual(body);
    expect((arrived as typeof body).list[1]).toBe(one);
  });

  test('a right alone is a body', () => {
    expect(
      decodeBody(
        encodeBody(new Right(), () => 5),
        (index) => `right ${index}`,
      ),
    ).toBe('right 5');
  });

  test('are known by their mark, not by their class', () => {
    const plain = { [RIGHT_BRAND]: true };
    expect(
      decodeBody(
        encodeBody({ plain }, () => 3),
        (index) => index,
      ),
    ).toEqual({ plain: 3 });
  });

  test('cannot be Map keys, nor travel where nobody takes them', () => {
    const right = new Right();
    const key = thrownBy(() => encodeBody({ m: new Map([[right, 1]]) }, () => 0));
    expect(key.message).toContain('body.m["(0)"]: a right cannot be a Map key');
    expect(thrownBy(() => encodeBody({ right })).message).toContain('body.right: a right cannot travel here');
    const bytes = encodeBody({ right }, () => 0);
    expect(thrownBy(() => decodeBody(bytes)).code).toBe('EBADBODY');
  });

  test('what the caller’s lookup throws comes through', () => {
    const bytes = encodeBody([new Right()], () => 7);
    const refusal = new IpcError('EPROTOCOL', 'there are only 2 descriptors');
    const lookup = () => {
      throw refusal;
    };
    expect(thrownBy(() => decodeBody(bytes, lookup))).toBe(refusal);
  });
});

function thrownBy(run: () => unknown): IpcError {
  try {
    run();
  } catch (error) {
    if (IpcError.is(error)) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}
