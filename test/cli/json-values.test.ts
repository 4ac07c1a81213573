import { expect, test } from 'vitest';
import { jsonOf, valueOf } from '../../src/cli/json-values.ts';

test('bytes and bigints have a form in JSON, both ways', () => {
  const json = '{"data":{"$bytes":"AP8="},"n":{"$bigint":"12345678901234567890"},"list":[1,null,"x"]}';
  const value = valueOf(json);
  expect(value).toEqual({ data: new Uint8Array([0, 255]), n: 12345678901234567890n, list: [1, null, 'x'] });
  expect(jsonOf(value)).toBe(json);
});

test('an object that only looks like one of them stays what it is', () => {
  const json = '{"a":{"$bytes":"AA==","more":1},"b":{"$bytes":7},"c":{}}';
  expect(jsonOf(valueOf(json))).toBe(json);
  expect(() => valueOf('{"$bigint":"x"}')).toThrow(SyntaxError);
});

test('what JSON has not is shown as well as can be', () => {
  const circle: Record<string, unknown> = { when: new Date(0), map: new Map([['k', 1n]]), nothing: undefined };
  circle['self'] = circle;
  circle['port'] = new (class SendRight {})();
  expect(jsonOf(circle)).toBe(
    '{"when":"1970-01-01T00:00:00.000Z","map":[["k",{"$bigint":"1"}]],"nothing":null,"self":"[a circle]","port":"[SendRight]"}',
  );
  expect(jsonOf(undefined)).toBe('null');
});
