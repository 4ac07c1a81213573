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
    [new (class Meters extends Number {})(), 'body: an instance of Meters'],
    [{ n: Object(-0) }, 'body.n: a Number object of −0'],
    [{ s: Object('\ud800') }, 'body.s: a String object with lone surrogates'],
    [[searched()], 'body[0]: a RegExp in the middle of a search'],
    [{ memory: detached() }, 'body.memory: its memory was given away'],
    [[detachedView(new Uint8Array(4))], 'body[0]: its memory was given away'],
    [[detachedView(new DataView(new ArrayBuffer(4)))], 'body[0]: its memory was given away'],
  ];
  test.each(refused.map(([body, message]) => ({ message, body })))('%#: $message', ({ body, message }) => {
    const error = thrownBy(() => encodeBody(body));
    expect(error).toMatchObject({ code: 'EBADBODY' });
    expect(error.message).toContain(message);
  });

  const holders: [string, () => object][] = [
    ['an array', () => [1]],
    ['an array with holes', () => new Array(3)],
    ['a Map', () => new Map([[1, 2]])],
    ['a Map to be lowered', () => new Map([[1, -0]])],
    ['a Set', () => new Set([1])],
    ['a Set to be lowered', () => new Set([/x/, '\ud800'])],
    ['a Date', () => new Date(1)],
    ['an invalid Date', () => new Date(NaN)],
    ['a RegExp', () => /x/],
    ['an ArrayBuffer', () => new ArrayBuffer(1)],
    ['a Number object', () => Object(1)],
    ['a String object', () => Object('xy')],
  ];
  test.each(holders)('a named property of %s', (_name, make) => {
    for (const extra of [() => {}, 1]) {
      const body = { list: [Object.assign(make(), { extra })] };
      expect(refusal(body)).toContain('body.list[0].extra: a named property');
    }
    expect(decodeBody(encodeBody({ list: [make()] }))).toEqual({ list: [make()] });
  });

  test('a named property that fills a hole in the count of an array', () => {
    expect(refusal(Object.assign(new Array(3), { 0: 1, 2: 3, extra: 2 }))).toContain('body.extra: a named property');
    expect(refusal('abc'.match(/b/))).toContain(': a named property');
    expect(refusal(Object.assign([1], { 4294967295: 1 }))).toContain('body["4294967295"]: a named property');
  });

  test('objects that only have the prototype', () => {
    for (const type of [Date, Uint8Array, RegExp, Map, ArrayBuffer, Number]) {
      expect(refusal([Object.create(type.prototype)])).toContain(`body[0]: an instance of ${type.name}`);
    }
  });

  test('what throws when it is read, with the reason', () => {
    const cause = new TypeError('not now');
    const bad = (): object => Object.defineProperty({}, 'bad', { enumerable: true, get: () => raise(cause) });
    for (const body of [{ a: [bad()] }, { a: [bad()], zero: -0 }]) {
      const error = thrownBy(() => encodeBody(body));
      expect(error).toMatchObject({ code: 'EBADBODY', object: 'body.a[0].bad', cause });
      expect(error.message).toContain('body.a[0].bad: cannot be read: not now');
    }
    const refusalInside = new IpcError('ERELEASED', 'gone');
    const ipc = Object.defineProperty({}, 'bad', { enumerable: true, get: () => raise(refusalInside) });
    expect(thrownBy(() => encodeBody([ipc]))).toMatchObject({ code: 'EBADBODY', object: 'body[0].bad' });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(thrownBy(() => encodeBody({ p: [proxy] }))).toMatchObject({ code: 'EBADBODY', object: 'body.p[0]' });
  });

  test('nesting deeper than the limit, and a long chain of links', () => {
    let nested: unknown = 1;
    for (let i = 0; i < 9; i++) nested = [nested];
    expect(decodeBody(encodeBody(nested, undefined, 9))).toEqual(nested);
    expect(thrownBy(() => encodeBody([nested], undefined, 9)).message).toContain('nested deeper than 9 levels');
    const large = [nested, new Uint8Array(500)];
    expect(decodeBody(encodeBody(large, undefined, 10), undefined, 10)).toEqual(large);
    expect(thrownBy(() => decodeBody(encodeBody(large, undefined, 10), undefined, 9)).message).toContain('bodyDepth');
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

function refusal(body: unknown): string {
  const error = thrownBy(() => encodeBody(body));
  expect(error.code).toBe('EBADBODY');
  return error.message;
}

function searched(): RegExp {
  const pattern = /b/g;
  pattern.test('abc');
  return pattern;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(4);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function detachedView(view: ArrayBufferView<ArrayBuffer>): ArrayBufferView {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function raise(error: Error): never {
  throw error;
}

function thrownBy(run: () => unknown): IpcError {
  try {
    run();
  } catch (error) {
    if (IpcError.is(error)) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}
