import { bind, copy, portOf } from 'easync';
import { types } from 'node:util';
import { expect, test } from 'vitest';
import { Lab, LAB, Sub } from '../../support/lab.ts';
import { everywhere } from '../../support/everywhere.ts';
import { rejection } from '../../support/rejection.ts';

// Errors keep class, name, code, message, cause and remote stack; a stub never throws (DESIGN §5.1).
everywhere(Lab, LAB, (open) => {
  test.each(['fail', 'failLater'] as const)('what a handler throws arrives equal (%s)', async (routine) => {
    using lab = await open();

    const jam = await rejection(lab[routine]({ how: 'own class' }));
    expect(jam).toBeInstanceOf(Error);
    expect(jam).toMatchObject({ name: 'Jam', message: 'paper', code: 'E_JAM', tray: 2 });
    expect(jam.cause).toBeInstanceOf(RangeError);
    expect(jam.cause).toMatchObject({ message: 'too many sheets' });
    expect(jam.stack).toMatch(/throwAs .*fixtures\/lab\.js/);

    expect(await rejection(lab[routine]({ how: 'built-in' }))).toBeInstanceOf(TypeError);

    const ipc = await rejection(lab[routine]({ how: 'ipc' }));
    expect(ipc).toMatchObject({ name: 'IpcError', code: 'ENONAME', op: 'find', object: 'the lab' });
    expect(ipc.message).toBe('ENONAME: nothing here');

    const many = await rejection(lab[routine]({ how: 'many' }));
    expect(many).toBeInstanceOf(AggregateError);
    expect(many['errors']).toMatchObject([{ message: 'one' }, { name: 'SyntaxError', message: 'two' }]);

    expect(await rejection(lab[routine]({ how: 'a string' }))).toBe('just text');
    expect(await rejection(lab[routine]({ how: 'an object' }))).toEqual({ reason: 7 });
    const nothing = await rejection(lab[routine]({ how: 'undefined' }));
    expect(nothing).toMatchObject({ name: 'IpcError', code: 'EDRIVER', object: `lab.${routine}` });
    expect(nothing.message).toContain(`lab.${routine}: the driver threw undefined`);
  });

  test('a stub never throws: every failure is a rejected promise', async () => {
    const lab = await open();
    const outcomes: unknown[] = [
      lab.fail({ how: 'built-in' }),
      lab.echo(1, { timeoutMs: -1 }),
      lab.echo(1, { timeoutMs: Number.NaN }),
      lab.brokenThenable(),
    ];
    lab[Symbol.dispose]();
    outcomes.push(lab.echo(1));
    expect(outcomes.map((outcome) => types.isPromise(outcome))).toEqual(outcomes.map(() => true));
    await Promise.all(outcomes.map(rejection));
  });

  test('a disposed stub refuses with ERELEASED, certainly not handled', async () => {
    const lab = await open();
    lab[Symbol.dispose]();
    lab[Symbol.dispose]();
    const error = await rejection(lab.echo(1));
    expect(error).toMatchObject({ code: 'ERELEASED', handled: 'no', object: 'lab.echo' });
  });

  test('only declared routines can be called', async () => {
    using lab = await open();
    using wrong = bind(Sub, copy(portOf(lab)));
    const error = await rejection(wrong.next());
    expect(error).toMatchObject({ code: 'ENOROUTINE', handled: 'no', object: 'sub.next' });
    expect(error.message).toContain('sub.next: it has no such routine');
    expect(await lab.log()).toEqual([]);
  });
});
