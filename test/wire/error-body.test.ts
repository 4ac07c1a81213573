import { describe, expect, test } from 'vitest';
import { InvariantError, IpcError, ProtocolError } from '../../src/errors.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { decodeErrorBody, encodeErrorBody } from '../../src/wire/error-body.ts';

class DiskError extends RangeError {
  override name = 'DiskError';
  sector = 7;
  retry = () => {};
}

describe('an error that a handler threw', () => {
  test.each([new Error('a'), new TypeError('b'), new RangeError('c'), new SyntaxError('d'), new URIError('e')])(
    'keeps its class: %s',
    (error) => {
      const arrived = across(error);
      expect(Object.getPrototypeOf(arrived)).toBe(Object.getPrototypeOf(error));
      expect(arrived).toMatchObject({ name: error.name, message: error.message });
      expect(Object.keys(arrived as object)).toEqual([]);
    },
  );

  test('keeps the remote stack and says that it is remote', () => {
    const error = new Error('far away');
    expect((across(error) as Error).stack).toBe(`${error.stack}\n    at remote`);
  });

  test('IpcError keeps code, op, object and handled', () => {
    const error = new IpcError('ESERVERDIED', 'gone', { op: 'read', object: 'disk', handled: 'maybe' });
    const arrived = across(error);
    expect(arrived).toBeInstanceOf(IpcError);
    expect(arrived).toMatchObject({ code: 'ESERVERDIED', op: 'read', object: 'disk', handled: 'maybe' });
    expect((arrived as Error).message).toBe(error.message);
    expect(across(new ProtocolError('x'))).toBeInstanceOf(ProtocolError);
    expect(across(new InvariantError('x', { op: 'put' }))).toMatchObject({ code: 'EMSGSTATE', op: 'put' });
  });

  test('a class this side does not know is an Error with its name and data, without what cannot travel', () => {
    const arrived = across(new DiskError('bad sector')) as Error & { sector?: number };
    expect(arrived).toBeInstanceOf(Error);
    expect(arrived).toMatchObject({ name: 'DiskError', message: 'bad sector', sector: 7 });
    expect(arrived).not.toHaveProperty('retry');
  });

  test('a system error keeps its code', () => {
    const error = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', errno: -2, path: '/x' });
    expect(across(error)).toMatchObject({ code: 'ENOENT', errno: -2, path: '/x' });
  });

  test('causes come along, also those that are no errors; endless ones end', () => {
    const error: Error = new Error('outer', { cause: new TypeError('inner', { cause: { detail: [1] } }) });
    const arrived = across(error) as Error;
    expect(arrived.cause).toBeInstanceOf(TypeError);
    expect((arrived.cause as Error).cause).toEqual({ detail: [1] });
    error.cause = error;
    let depth = 0;
    for (let at = across(error); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBe(17);
  });

  test('AggregateError keeps its errors', () => {
    const arrived = across(new AggregateError([new TypeError('a'), 'b'], 'both')) as AggregateError;
    expect(arrived).toBeInstanceOf(AggregateError);
    expect(arrived.errors[0]).toBeInstanceOf(TypeError);
    expect(arrived.errors[1]).toBe('b');
  });

  test.each([undefined, null, 'text', 5, { a: 1 }])('a thrown %s', (thrown) => {
    expect(across(thrown)).toEqual(thrown);
  });

  test('a thrown value that cannot travel is its text', () => {
    expect(across(Symbol('s'))).toBe('Symbol(s)');
  });
});

describe('whatever is thrown can be encoded', () => {
  const fails = (): never => {
    throw new Error('the getter fails');
  };

  test('a getter among the properties does not run; the rest arrives', () => {
    const error = Object.defineProperty(new Error('a'), 'lazy', { get: fails, enumerable: true });
    const arrived = across(
      Object.assign(error, { nested: Object.defineProperty({}, 'x', { get: fails, enumerable: true }), code: 7 }),
    );
    expect(arrived).toMatchObject({ message: 'a', code: 7 });
    expect(Object.keys(arrived as object)).toEqual(['code']);
  });

  test.each(['name', 'message', 'stack', 'cause'])('an error whose %s throws is told as such', (key) => {
    const error = Object.defineProperty(new Error('a'), key, { get: fails });
    expect(across(error)).toMatchObject({ message: 'an error that cannot be read: Error: the getter fails' });
    const outer = across(new TypeError('outer', { cause: error })) as Error;
    expect(outer).toBeInstanceOf(TypeError);
    expect(String(outer.cause)).toMatch(/cannot be read/);
  });

  test('a value without a text', () => {
    expect(across(Object.assign(Object.create(null) as object, { f: fails }))).toBe('a value that has no text');
  });

  test('a property nested so deep that it would not fit below the causes is left out', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 254; i++) deep = [deep];
    const arrived = across(Object.assign(new Error('a'), { deep, code: 7 })) as object;
    expect(Object.keys(arrived)).toEqual(['code']);
  });
});

describe('an encoded error is of bounded size', () => {
  const LONG = 'x'.repeat(10_000_000);

  test('long texts are cut', () => {
    const error = new Error(LONG);
    const arrived = across(error) as Error;
    expect(arrived.message).toBe(`${LONG.slice(0, 65_536)}…`);
    expect(arrived.stack?.length).toBeLessThan(66_000);
    expect(across(LONG)).toBe(arrived.message);
  });

  test('properties without room are left out, smaller ones arrive', () => {
    const error = Object.assign(new Error('a'), {
      code: 'E',
      page: Buffer.alloc(2_000_000),
      half: Buffer.alloc(600_000),
      more: Buffer.alloc(600_000),
      last: 1,
    });
    expect(Object.keys(across(error) as object)).toEqual(['code', 'half', 'last']);
  });

  test.each([
    ['many causes', () => nest(100, (cause) => new Error(LONG, { cause }))],
    ['many errors', () => new AggregateError(Array.from({ length: 100_000 }, () => new Error('one of many')))],
    ['many empty values', () => new AggregateError(Array.from({ length: 1_000_000 }, () => ''))],
    ['errors that lead back to it', circular],
  ])('%s', (_what, make) => {
    expect(encodeErrorBody(make()).length).toBeLessThan(2 * 1024 * 1024);
  });
});

function nest(depth: number, wrap: (inner: unknown) => Error): Error {
  let error = new Error('innermost');
  for (let i = 0; i < depth; i++) error = wrap(error);
  return error;
}

function circular(): Error {
  const error = new AggregateError([]);
  error.errors = [error, error, error, error];
  return error;
}

test('an error inside a body is data like any other, and stays exactly as it is', () => {
  const error = new IpcError('ELIMIT', 'too much', { op: 'send', cause: new TypeError('inner') });
  const [arrived] = decodeBody(encodeBody([error])) as [IpcError];
  expect(arrived).toBeInstanceOf(IpcError);
  expect(arrived).toMatchObject({ code: 'ELIMIT', op: 'send', message: error.message, stack: error.stack });
  expect(arrived.cause).toBeInstanceOf(TypeError);
});

function across(thrown: unknown): unknown {
  return decodeErrorBody(encodeErrorBody(thrown));
}
