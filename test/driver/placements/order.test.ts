import { copy, portOf } from 'easync';
import { types } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Lab, LAB, PLACEMENTS, Report, SERIAL_LAB } from '../../support/lab.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';

// The same concurrency in every placement: FIFO, no re-entry, one call at a time where asked (DESIGN §5.1).
describe.each(PLACEMENTS)('$where', ({ place, check }) => {
  test('a call completes in the call where an inline handler returns a value, and only there', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    const [direct, oneWay, later] = [lab.echo(1), lab.note({ n: 1 }), lab.echoLater(2)];
    expect(types.isPromise(direct)).toBe(place !== 'inline');
    expect(types.isPromise(oneWay)).toBe(place !== 'inline');
    expect(types.isPromise(later)).toBe(true);
    expect([await direct, await oneWay, await later]).toEqual([1, undefined, 2]);
  });

  test('FIFO per sender, one-way sends and calls mixed', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    await Promise.all(numbers.map((n) => (n % 7 === 0 ? lab.mark({ n }) : lab.note({ n }))));
    expect(await lab.log()).toEqual(numbers);
  });

  test('a handler that calls its own port is not re-entered', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    await lab.reenter({ self: copy(portOf(lab)) });
    await until(async () => (await lab.log()).length === 3);
    expect(await lab.log()).toEqual(['outer begins', 'outer ends', 'inner']);
  });

  test('handlers that wait do not hold others up', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    const [a, b] = [lab.hold({ key: 'a' }), lab.hold({ key: 'b' })];
    await lab.release({ key: 'b' });
    expect(await b).toBe('b released');
    await lab.release({ key: 'a' });
    expect(await a).toBe('a released');
    expect(await lab.log()).toEqual(['start a', 'start b']);
  });

  test('serial: true runs one call at a time', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, SERIAL_LAB, { place });
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    await Promise.all(numbers.flatMap((n) => [lab.noteLater({ n }), lab.echoLater(n)]));
    expect(await lab.log()).toEqual(numbers.flatMap((n) => [`start ${n}`, `end ${n}`]));
  });

  test('one-way sends are over when they are accepted, busy or not', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, SERIAL_LAB, { place });
    await lab.noteToSelf({ self: copy(portOf(lab)), n: 1 });
    expect(await lab.log()).toEqual(['accepted 1', 1]);
  });

  test('the handler of a one-way call keeps its context to itself', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    await Promise.all([lab.noteDeadline(), lab.noteDeadline(undefined, { timeoutMs: 60_000 })]);
    await until(async () => (await lab.log()).length === 2);
    expect(await lab.log()).toEqual([false, true]);
  });

  test('one-way sends before dispose are delivered', async () => {
    await using t = await testSystem({ check });
    const lab = await t.sys.open(Lab, SERIAL_LAB, { place });
    const log = await new Promise<unknown[]>((resolve) => {
      const report = t.sys.serve(Report, { closed: (told) => resolve(told.log) });
      void lab.report({ to: report.right() });
      for (let n = 0; n < 500; n += 1) void lab.noteLater({ n });
      lab[Symbol.dispose]();
    });
    expect(log).toHaveLength(1000);
    expect(log.at(-1)).toBe('end 499');
  });

  test('a one-way call that fails is reported', async () => {
    const warned: string[] = [];
    const onWarning = (warning: Error): void => void warned.push(warning.message);
    process.on('warning', onWarning);
    try {
      await using t = await testSystem({ check });
      using lab = await t.sys.open(Lab, LAB, { place });
      await lab.noteFail({ text: 'nobody to tell' });
      // The broker's own output goes to the operator.
      if (place !== 'broker') {
        await until(() => [...t.output, ...warned].some((line) => line.includes('nobody to tell')));
      }
      expect(await lab.echo('still here')).toBe('still here');
    } finally {
      process.off('warning', onWarning);
    }
  });
});
