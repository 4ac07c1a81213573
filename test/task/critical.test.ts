import { expect, test } from 'vitest';
import { beginMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call, critical, deferred, failureOf, whileAsleep } from '../../src/task/index.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';
import { Callers, inSection } from './callers.ts';

test('requests wait for the end of a section across its awaits, and go on in order over all ports', async () => {
  await using callers = await Callers.start();
  const { other } = callers;
  const section = inSection();
  const calls = [callers.call(1), callers.call(2, other), callers.call(3), callers.call(4, other)];
  await callers.held(4);
  expect(callers.log).toEqual([]);
  await section.end();
  expect(callers.log).toEqual([1, 2, 3, 4]);
  expect(await Promise.all(calls)).toEqual([1, 2, 3, 4]);
  expect(await callers.call(5)).toBe(5);
});

test('settles as what it runs does, and is over then: with a value, a promise, or what is thrown', async () => {
  await using callers = await Callers.start();
  expect(await critical(() => 1)).toBe(1);
  expect(await critical(() => Promise.resolve(2))).toBe(2);
  const thrown = new Error('thrown');
  const throws = (): never => {
    throw thrown;
  };
  expect(await critical(throws).catch((error: unknown) => error)).toBe(thrown);
  expect(await critical(() => Promise.reject(thrown)).catch((error: unknown) => error)).toBe(thrown);
  expect(await callers.call(1)).toBe(1);
});

test('sections nest: the end of an inner one lets nothing in', async () => {
  await using callers = await Callers.start();
  const section = inSection(async () => {
    await critical(() => critical(() => Promise.resolve()));
  });
  const call = callers.call(1);
  await callers.held(1);
  await section.is('inside');
  expect(callers.log).toEqual([]);
  await section.end();
  expect(await call).toBe(1);
});

test('of two flows in sections the last to leave lets in what waits', async () => {
  await using callers = await Callers.start();
  const [first, second] = [inSection(), inSection()];
  const call = callers.call(1);
  await callers.held(1);
  await first.end();
  expect(callers.log).toEqual([]);
  await second.end();
  expect(await call).toBe(1);
});

test('it is open while its flow sleeps, all levels of it, and closed again before the flow goes on', async () => {
  await using callers = await Callers.start();
  const woken = deferred();
  const section = inSection(() =>
    critical(async () => {
      await callers.held(1);
      await whileAsleep(woken.promise);
      callers.log.push('awake');
    }),
  );
  expect(await callers.call(1)).toBe(1);
  expect(await callers.call(2)).toBe(2);
  woken.resolve();
  await section.is('inside');
  const late = callers.call(3);
  await callers.held(1);
  expect(callers.log).toEqual([1, 2, 'awake']);
  await section.end();
  expect(await late).toBe(3);
});

test('a sleep opens the sections of its own flow only', async () => {
  await using callers = await Callers.start();
  const woken = deferred();
  const awake = inSection();
  const asleep = critical(() => whileAsleep(woken.promise));
  const call = callers.call(1);
  await callers.held(1);
  expect(callers.log).toEqual([]);
  await awake.end();
  expect(await call).toBe(1);
  woken.resolve();
  await asleep;
  expect(await whileAsleep(Promise.resolve('in no section'))).toBe('in no section');
});

test('a sleep that fails closes the gate again too', async () => {
  await using callers = await Callers.start();
  const section = inSection(() => whileAsleep(Promise.reject(new Error('no'))).catch(() => undefined));
  await section.is('inside');
  const call = callers.call(1);
  await callers.held(1);
  await section.end();
  expect(await call).toBe(1);
});

test('a section that the handler of a held request begins keeps out those that came after it', async () => {
  await using callers = await Callers.start();
  const inHandler = deferred();
  callers.onCall = (n) => (n === 1 ? critical(() => inHandler.promise.then(() => n)) : n);
  const section = inSection();
  const calls = [callers.call(1), callers.call(2)];
  await callers.held(2);
  await section.end();
  expect(callers.log).toEqual([1]);
  const third = callers.call(3);
  await callers.held(2);
  inHandler.resolve();
  expect(await Promise.all([...calls, third])).toEqual([1, 2, 3]);
  expect(callers.log).toEqual([1, 2, 3]);
});

test('what a handler does that runs while a section sleeps is no part of that section', async () => {
  await using callers = await Callers.start();
  const [woken, inHandler] = [deferred(), deferred()];
  callers.onCall = (n) => (n === 1 ? critical(() => inHandler.promise.then(() => n)) : n);
  const section = critical(async () => {
    await callers.held(2);
    await whileAsleep(woken.promise);
  });
  const calls = [callers.call(1), callers.call(2)];
  await callers.held(1);
  woken.resolve();
  await section;
  // The sleeper has ended its section; the handler's goes on.
  expect(callers.log).toEqual([1]);
  inHandler.resolve();
  expect(await Promise.all(calls)).toEqual([1, 2]);
});

test('what a section does not await goes on outside of it', async () => {
  await using callers = await Callers.start();
  const forgotten = deferred();
  let rest: Promise<void> | undefined;
  await critical(() => {
    rest = forgotten.promise;
  });
  expect(await callers.call(1)).toBe(1);
  forgotten.resolve();
  await rest;
});

test('an abort reaches a request that waits, and its handler finds it so', async () => {
  await using callers = await Callers.start();
  const section = inSection();
  const call = callers.begin(1);
  call.requestAbort();
  await callers.held(1);
  // Results of kernel calls pass: this one comes after the abort.
  await callers.server.calls.call('port_names', {});
  const seen: boolean[] = [];
  callers.onCall = (n, ctx) => {
    seen.push(ctx.signal.aborted);
    return n;
  };
  await section.end();
  expect(await waitMsg(call)).toBe(0);
  expect(seen).toEqual([true]);
});

test('results of kernel calls and notifications pass', async () => {
  await using callers = await Callers.start();
  const { server, client } = callers;
  const theirs = client.allocate({ label: 'theirs' });
  const right = await callers.rightOf(server, theirs);
  const died = deferred();
  right.onDead(() => died.resolve());
  await critical(async () => {
    theirs.destroy();
    await died.promise;
    expect(await server.traps.port_type(callers.port.name)).toMatchObject({ code: 0 });
  });
  right.deallocate();
});

test('a port that is destroyed refuses at once what waits for it', async () => {
  await using callers = await Callers.start();
  const section = inSection();
  const calls = [callers.begin(1), callers.begin(2), callers.begin(3, callers.other)];
  await callers.held(3);
  callers.port.destroy();
  for (const call of calls.slice(0, 2)) {
    const code = await waitMsg(call);
    expect(failureOf(call, code, 'it')).toMatchObject({ handled: 'no' });
  }
  expect(callers.server.heldBack.size).toBe(1);
  await section.end();
  expect(await waitMsg(calls[2] ?? new Call(0, 0))).toBe(0);
  expect(callers.log).toEqual([3]);
});

test('a task that leaves its broker handles nothing of what waits', async () => {
  await using callers = await Callers.start();
  const section = inSection();
  const call = callers.begin(1);
  await callers.held(1);
  await callers.server.dispose();
  const code = await waitMsg(call);
  expect(failureOf(call, code, 'it')).toMatchObject({ code: 'ESERVERDIED' });
  await section.end();
  expect(callers.log).toEqual([]);
});

test('beyond heldBack a request is refused at once and never handled; those before it go on', async () => {
  await using callers = await Callers.start({ heldBack: 2 });
  const section = inSection();
  const [first, second] = [callers.begin(1), callers.begin(2, callers.other)];
  await callers.held(2);
  const error = await rejection(callers.call(3));
  expect(error).toMatchObject({ code: 'ELIMIT', handled: 'no' });
  expect(error.message).toMatch(/critical section \(entered at .*callers\.ts.*2 requests wait .*\(heldBack\)/);
  // What asks for no answer has a warning instead, one for many.
  for (const n of [4, 5]) {
    const note = new Call(1, n);
    note.oneWay = true;
    beginMsg(callers.right, note);
  }
  await until(() => callers.warnings.length > 0);
  await section.end();
  expect([await waitMsg(first), await waitMsg(second)]).toEqual([0, 0]);
  expect(await callers.call(6)).toBe(6);
  expect(callers.log).toEqual([1, 2, 6]);
  expect(callers.takeWarnings()).toEqual([expect.stringContaining('a one-way message was refused: ')]);
  await callers.nothingQueued();
});
