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
