import { types } from 'node:util';
import { bind, copy, type IpcError, make, move, portOf, type SendRight, type Stub } from 'easync';
import { describe, expect, test } from 'vitest';
import { Lab, LAB, PLACEMENTS, SERIAL_LAB, Sub } from '../support/lab.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

// One suite, every placement: what a client of a driver may rely on (DESIGN §5.1). Only `put` and time may differ.
describe.each(PLACEMENTS)('$where', ({ place, check }) => {
  const open = { place };

  describe('values arrive equal, both ways', () => {
    test.each(values())('%s', async (_name, value) => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      expect(await lab.echo(value)).toStrictEqual(value);
      expect(await lab.echoLater({ in: [value] })).toStrictEqual({ in: [value] });
    });

    test('cycles and shared parts', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const shared = { x: 1 };
      const ring: Record<string, unknown> = { a: shared, b: new Map([['c', shared]]) };
      ring['self'] = ring;
      const back = (await lab.echo(ring)) as typeof ring;
      expect(back['self']).toBe(back);
      expect((back['b'] as Map<string, unknown>).get('c')).toBe(back['a']);
      expect(back['a']).toEqual(shared);
    });
  });

  describe('errors arrive with class, name, code, message, cause and remote stack', () => {
    test.each(['fail', 'failLater'] as const)('thrown by %s', async (routine) => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const failure = (how: string): Promise<unknown> => rejection(() => lab[routine]({ how }));

      const jam = (await failure('own class')) as Error & { code: string; tray: number };
      expect(jam).toBeInstanceOf(Error);
      expect(jam).toMatchObject({ name: 'Jam', message: 'paper', code: 'E_JAM', tray: 2 });
      expect(jam.cause).toBeInstanceOf(RangeError);
      expect(jam.cause).toMatchObject({ message: 'too many sheets' });
      expect(jam.stack).toMatch(/throwAs .*fixtures\/lab\.js/);

      expect(await failure('built-in')).toBeInstanceOf(TypeError);
      const ipc = await failure('ipc');
      expect(ipc).toMatchObject({ name: 'IpcError', code: 'ENONAME', op: 'find', object: 'the lab' });
      expect(ipc).toMatchObject({ message: 'ENONAME: nothing here' });
      const many = (await failure('many')) as AggregateError;
      expect(many).toBeInstanceOf(AggregateError);
      expect(many.errors).toMatchObject([{ message: 'one' }, { name: 'SyntaxError', message: 'two' }]);
    });

    test.each([
      ['a string', 'just text'],
      ['an object', { reason: 7 }],
    ])('%s that was thrown', async (how, thrown) => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      expect(await rejection(() => lab.fail({ how }))).toEqual(thrown);
      expect(await rejection(() => lab.failLater({ how }))).toEqual(thrown);
    });

    test('undefined, thrown, is an EDRIVER that names the routine', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const error = (await rejection(() => lab.fail({ how: 'undefined' }))) as IpcError;
      expect(error).toMatchObject({ code: 'EDRIVER', object: 'lab.fail' });
      expect(await rejection(() => lab.failLater({ how: 'undefined' }))).toMatchObject({ code: 'EDRIVER' });
    });
  });

  describe('a stub', () => {
    test('completes in the call when an inline handler returns a value, and only then', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const direct = lab.echo(1);
      expect(types.isPromise(direct)).toBe(place !== 'inline');
      expect(types.isPromise(lab.note({ n: 1 }))).toBe(place !== 'inline');
      const later = lab.echoLater(2);
      expect(types.isPromise(later)).toBe(true);
      expect([await direct, await later]).toEqual([1, 2]);
    });

    test('never throws: every failure is a rejected promise', async () => {
      await using t = await testSystem({ check });
      const lab = await t.sys.open(Lab, LAB, open);
      const outcomes = [
        lab.fail({ how: 'built-in' }),
        lab.badResult(),
        lab.echo(1, { timeoutMs: -1 }),
        lab.echo(1, { timeoutMs: Number.NaN }),
      ];
      lab[Symbol.dispose]();
      outcomes.push(lab.echo(1));
      if (place === 'inline' && !check) outcomes.splice(1, 1);
      for (const outcome of outcomes) expect(types.isPromise(outcome)).toBe(true);
      const settled = await Promise.allSettled(outcomes);
      expect(settled.map(({ status }) => status)).not.toContain('fulfilled');
    });

    test('a disposed stub refuses with ERELEASED, handled: no', async () => {
      await using t = await testSystem({ check });
      const lab = await t.sys.open(Lab, LAB, open);
      lab[Symbol.dispose]();
      lab[Symbol.dispose]();
      expect(await rejection(() => lab.echo(1))).toMatchObject({
        code: 'ERELEASED',
        handled: 'no',
        object: 'lab.echo',
      });
    });

    test('calls only what the driver has declared', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      using wrong = bind(Sub, copy(portOf(lab)));
      expect(await rejection(() => wrong.next())).toMatchObject({
        code: 'ENOROUTINE',
        handled: 'no',
        object: 'sub.next',
      });
      expect(await lab.log()).toEqual([]);
    });
  });

  describe.skipIf(place === 'inline' && !check)('what cannot arrive equal is refused with its path', () => {
    test.each(refusals())('%s in the arguments', async (path, value) => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const error = (await rejection(() => lab.echo(value))) as IpcError;
      expect(error).toMatchObject({ name: 'IpcError', code: 'EBADBODY' });
      expect(error.message).toContain(path);
      expect(await lab.echo('still here')).toBe('still here');
    });

    test('in the result', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const error = (await rejection(() => lab.badResult())) as IpcError;
      expect(error).toMatchObject({ code: 'EBADBODY' });
      expect(error.message).toMatch(/in the result: .*body\.list\[0\]: a function/);
    });

    test('rights beside it are back where they were', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      using mine = copy(portOf(lab));
      const first = { right: move(mine), bad: () => 1 };
      expect(await rejection(() => lab.echo(first))).toMatchObject({ code: 'EBADBODY' });
      expect(mine.isReleased).toBe(false);
      const last = { bad: () => 1, deep: [new Map([['right', move(mine)]])], other: copy(mine) };
      expect(await rejection(() => lab.echo(last))).toMatchObject({ code: 'EBADBODY' });
      expect(mine.isReleased).toBe(false);
    });

    test('a right that is neither copied nor moved', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const error = (await rejection(() => lab.keep({ right: portOf(lab) }))) as IpcError;
      expect(error).toMatchObject({ code: 'EBADBODY' });
      expect(error.message).toContain('copy(right) or move(right)');
    });
  });

  describe('arguments belong to the driver until the reply', () => {
    test('test mode tells a driver that changed them', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const args: Record<string, unknown> = { a: 1 };
      if (place === 'inline' && check) {
        const error = (await rejection(() => lab.mutate(args))) as IpcError;
        expect(error).toMatchObject({ code: 'EBADBODY' });
        expect(error.message).toContain('the driver changed its arguments');
      } else {
        expect(await lab.mutate(args)).toEqual({ a: 1, changed: true });
      }
      expect(args['changed'] === true).toBe(place === 'inline' && !check);
    });

    test('test mode tells a caller that changed them', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const args = { key: 'k' };
      const held = lab.hold(args);
      args.key = 'changed';
      await lab.release({ key: 'k' });
      if (place === 'inline' && check) {
        const error = (await rejection(() => held)) as IpcError;
        expect(error.message).toContain('the caller changed the arguments');
      } else {
        expect(await held).toBe('k released');
      }
    });
  });

  describe('order', () => {
    test('FIFO per sender, one-way sends and calls mixed', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const sent = [];
      const wanted = Array.from({ length: 300 }, (_, n) => n);
      for (const n of wanted) sent.push(n % 7 === 0 ? lab.echoLater(n) : lab.note({ n }));
      await Promise.all(sent);
      expect(await lab.log()).toEqual(wanted.filter((n) => n % 7 !== 0));
    });

    test('a handler that calls its own port is not re-entered', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      await lab.reenter({ self: copy(portOf(lab)) });
      await until(async () => (await lab.log()).length === 3);
      expect(await lab.log()).toEqual(['outer begins', 'outer ends', 'inner']);
    });

    test('handlers that wait do not hold others up', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, open);
      const [a, b] = [lab.hold({ key: 'a' }), lab.hold({ key: 'b' })];
      await lab.release({ key: 'b' });
      await lab.release({ key: 'a' });
      expect([await a, await b]).toEqual(['a released', 'b released']);
      expect(await lab.log()).toEqual(['start a', 'start b']);
    });

    test('serial: true runs one call at a time', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, SERIAL_LAB, open);
      const sent = [];
      for (let n = 0; n < 100; n += 1) sent.push(lab.noteLater({ n }), lab.echoLater(n));
      await Promise.all(sent);
      const log = await lab.log();
      expect(log).toEqual(Array.from({ length: 100 }, (_, n) => [`start ${n}`, `end ${n}`]).flat());
    });
  });

  describe('one-way routines', () => {
    test('what was sent before dispose is delivered', async () => {
      await using t = await testSystem({ check });
      const lab = await t.sys.open(Lab, SERIAL_LAB, open);
      const sub = t.sys.serve(Lab, recorder());
      using right = sub.right();
      await lab.keep({ right: copy(right) });
      for (let n = 0; n < 500; n += 1) void lab.noteLater({ n });
      const last = lab.use({ value: 'last' });
      lab[Symbol.dispose]();
      expect(await last).toBe('last');
    });

    test('one that fails is reported, not lost', async () => {
      const warned: string[] = [];
      const onWarning = (warning: Error): void => void warned.push(warning.message);
      process.on('warning', onWarning);
      {
        await using t = await testSystem({ check });
        using lab = await t.sys.open(Lab, LAB, open);
        await lab.noteFail({ text: 'nobody to tell' });
        await until(() => place === 'broker' || [...t.output, ...warned].some((line) => line.includes('nobody to tell')));
        expect(await lab.echo('still here')).toBe('still here');
      }
      process.off('warning', onWarning);
    });

    test('resolve without waiting for a serial driver that sends to itself', async () => {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, SERIAL_LAB, open);
      const held = lab.hold({ key: 'a' });
      await lab.note({ n: 'accepted' });
      const released = t.sys.bind(Lab, copy(portOf(lab)));
      released[Symbol.dispose]();
      expect(await lab.where({} as never, { timeoutMs: 1 }).then(undefined, (error: unknown) => error)).toMatchObject({
        code: 'ETIMEDOUT',
      });
      void held;
    });
  });
});

function recorder(): never {
  throw new Error('x');
}

async function rejection(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return expect.unreachable('the call succeeded');
}
