import { isDeepStrictEqual } from 'node:util';
import { copy, move, portOf } from 'easync';
import { describe, expect, test } from 'vitest';
import { Lab, LAB } from '../../support/lab.ts';
import { everywhere } from '../../support/everywhere.ts';
import { rejection } from '../../support/rejection.ts';

// Structured-clone types arrive equal; whatever cannot is refused with its path (DESIGN §5.1).
// One row for each way that a body takes: there is no other code behind the rest.
const ROWS = ['inline', 'unchecked', 'memory', 'thread', 'process'] as const;

everywhere(
  Lab,
  LAB,
  (open, at) => {
    test('values arrive equal, both ways', async () => {
      using lab = await open();
      for (const [name, value] of values) {
        expect(await lab.echo(value), name).toStrictEqual(value);
        expect(await lab.echoLater({ in: [value] }), name).toStrictEqual({ in: [value] });
      }
    });

    test('a large body arrives equal, both ways', async () => {
      using lab = await open();
      const large = new Uint8Array(300_000).fill(7);
      const {
        in: [back],
      } = (await lab.echoLater({ in: [large] })) as { in: unknown[] };
      // The test runner would look at each byte by itself.
      for (const value of [await lab.echo(large), back]) expect(isDeepStrictEqual(value, large)).toBe(true);
    });

    test('cycles and shared parts keep their shape', async () => {
      using lab = await open();
      const shared = { x: 1 };
      const ring: Record<string, unknown> = { a: shared, b: new Map([['c', shared]]) };
      ring['self'] = ring;
      const back = (await lab.echo(ring)) as { self: unknown; a: unknown; b: Map<string, unknown> };
      expect(back.self).toBe(back);
      expect(back.b.get('c')).toBe(back.a);
      expect(back.a).toEqual(shared);
    });

    describe.skipIf(!at.check)('what cannot arrive equal is refused', () => {
      test('in the arguments, with its path', async () => {
        using lab = await open();
        for (const [path, value] of refusals) {
          const error = await rejection(lab.echo(value));
          expect(error).toMatchObject({ name: 'IpcError', code: 'EBADBODY' });
          expect(error.message).toContain(path);
        }
        expect(await lab.echo('still here')).toBe('still here');
      });

      test('in the result, with its path', async () => {
        using lab = await open();
        const error = await rejection(lab.badResult());
        expect(error).toMatchObject({ name: 'IpcError', code: 'EBADBODY' });
        expect(error.message).toMatch(/in the result: .*body\.list\[0\]: a function/);
      });

      test('and rights beside it are back where they were', async () => {
        using lab = await open();
        using mine = copy(portOf(lab));
        expect(await rejection(lab.echo({ right: move(mine), bad: () => 1 }))).toMatchObject({ code: 'EBADBODY' });
        expect(mine.isReleased).toBe(false);
        const behind = { bad: () => 1, other: copy(mine), deep: [new Map([['right', move(mine)]])] };
        expect(await rejection(lab.echo(behind))).toMatchObject({ code: 'EBADBODY' });
        expect(mine.isReleased).toBe(false);
      });

      test('as is a right that is neither copied nor moved', async () => {
        using lab = await open();
        const error = await rejection(lab.keep({ right: portOf(lab) }));
        expect(error).toMatchObject({ code: 'EBADBODY', object: 'body.right' });
        expect(error.message).toContain('body.right: a right goes into a message as copy(right) or move(right)');
      });
    });

    test('test mode tells a driver that changed its arguments', async () => {
      using lab = await open();
      const args: Record<string, unknown> = { a: 1 };
      if (at.row === 'inline') {
        const error = await rejection(lab.mutate(args));
        expect(error).toMatchObject({ code: 'EBADBODY' });
        expect(error.message).toContain('the driver changed its arguments');
      } else {
        expect(await lab.mutate(args)).toEqual({ a: 1, changed: true });
      }
      expect(args['changed'] === true).toBe(!at.check);
    });

    test('test mode tells a caller that changed the arguments before the reply', async () => {
      using lab = await open();
      const args = { key: 'k' };
      const held = Promise.resolve(lab.hold(args));
      args.key = 'changed';
      void held.catch(() => undefined);
      await lab.release({ key: 'k' });
      if (at.row === 'inline') {
        expect((await rejection(held)).message).toContain('the caller changed the arguments');
      } else {
        expect(await held).toBe('k released');
      }
    });
  },
  ROWS,
);

const values: readonly [name: string, value: unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['an object with undefined', { a: undefined, b: [undefined] }],
  ['numbers', [0, -0, 1.5, NaN, Infinity, 2 ** 53]],
  ['bigints', [0n, -1n, 2n ** 80n]],
  ['strings', ['', 'ü😀', '\ud800 alone']],
  ['dates', [new Date(0), new Date(-1), new Date(8.64e15)]],
  ['bytes', new Uint8Array([1, 2, 255])],
  ['typed arrays', [new Float64Array([1, -0]), new BigInt64Array([-1n]), new Uint16Array([7]), new ArrayBuffer(3)]],
  [
    'a Map',
    new Map<unknown, unknown>([
      ['k', { v: 1 }],
      [{ key: 1 }, new Set([1])],
    ]),
  ],
  ['a Set', new Set([1, 'a', [2]])],
  ['a regular expression', /a\/b/giu],
  ['an error', new RangeError('as a value')],
  ['keys that engines use', JSON.parse('{"__proto__":{"x":1},"constructor":1,"toJSON":2}')],
];

const refusals: readonly [path: string, value: unknown][] = [
  ['body: a function', () => 1],
  ['body.args.items[1].cb: a function', { args: { items: [1, { cb: () => 1 }] } }],
  ['body["with space"]: a symbol', { 'with space': Symbol('s') }],
  ['body[0]: an instance of Point', [new (class Point {})()]],
  ['body.p: a Promise', { p: Promise.resolve() }],
  ['body.shared: shared memory', { shared: new SharedArrayBuffer(1) }],
];
