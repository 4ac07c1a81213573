import { describe, expect, test } from 'vitest';
import { Lab, LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

// A call settles whatever dies when, and output and ends carry the driver's name. Only placements that can die alone.
describe.each(['thread', 'process'] as const)('%s', (place) => {
  test('stdout and stderr come out labelled, line by line', async () => {
    await using t = await testSystem();
    using lab = await t.sys.open(Lab, LAB, { place, name: 'printer' });
    await lab.print({ stream: 'stdout', text: 'one\ntwo ' });
    await lab.print({ stream: 'stdout', text: 'halves\n' });
    await lab.print({ stream: 'stderr', text: 'oops\r\n' });
    await until(() => t.output.length === 3);
    expect([...t.output].sort()).toEqual(['[printer] one', '[printer] oops', '[printer] two halves']);
  });

  test.each([
    ['throw', 'uncaught error: TypeError: the driver tripped'],
    ['reject', 'TypeError: the driver forgot to catch'],
    ['exit', 'ended: exit code 3'],
  ] as const)('an end by %s fails the calls that wait, and says so with the name', async (how, text) => {
    await using t = await testSystem();
    using lab = await t.sys.open(Lab, LAB, { place, name: 'clumsy' });
    const held = lab.hold({ key: 'a' });
    await lab.crash({ how });
    const error = await rejection(held);
    expect(error).toMatchObject({ code: 'ESERVERDIED', handled: 'maybe', object: 'lab.hold' });
    expect(error.message).toContain('lab.hold: the server died before it answered');
    await until(() => t.output.some((line) => line.startsWith('[clumsy] ') && line.includes(text)));
    expect(await rejection(lab.echo(1))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
  });
});

test('kill -9 in the middle of calls: each settles once, and says whether it may have been handled', async () => {
  await using t = await testSystem();
  using lab = await t.sys.open(Lab, LAB, { place: 'process', name: 'victim' });
  const { pid } = await lab.where();
  const held = lab.hold({ key: 'a' });
  await lab.echo('so that it has started');
  process.kill(pid, 'SIGKILL');
  const late = Promise.allSettled(Array.from({ length: 200 }, (_, n) => lab.echo(n)));
  expect(await rejection(held)).toMatchObject({ code: 'ESERVERDIED', handled: 'maybe' });
  for (const outcome of await late) {
    if (outcome.status === 'rejected') {
      expect(['ESERVERDIED', 'MACH_SEND_INVALID_DEST']).toContain(outcome.reason.code);
      expect(['no', 'maybe']).toContain(outcome.reason.handled);
    }
  }
  await until(() => t.output.includes('[victim] ended: SIGKILL'));
});

test('calls that the dead driver had not taken were certainly not handled', async () => {
  await using t = await testSystem();
  using lab = await t.sys.open(Lab, LAB, { place: 'process' });
  const { pid } = await lab.where();
  process.kill(pid, 'SIGSTOP');
  const waiting = Array.from({ length: 300 }, (_, n) => lab.echo(n));
  await t.sys.names.list();
  process.kill(pid, 'SIGKILL');
  const outcomes = await Promise.allSettled(waiting);
  // Those within the delivery window were in the dead process's hands; the rest never left the kernel.
  const certain = outcomes.filter(({ status, ...rest }) => status === 'rejected' && isCertain(rest));
  expect(certain.length).toBeGreaterThanOrEqual(300 - 64);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
});

test('kill -9 of the broker: every call settles with EBROKERDIED', async () => {
  await using t = await testSystem();
  using lab = await t.sys.open(Lab, LAB, { place: 'process' });
  using near = await t.sys.open(Lab, LAB);
  const held = lab.hold({ key: 'a' });
  await lab.echo(1);
  const broker = await t.sys.host?.ps();
  if (broker !== undefined) process.kill(broker.pid, 'SIGKILL');
  expect(await rejection(held)).toMatchObject({ code: 'EBROKERDIED', handled: 'maybe', object: 'lab.hold' });
  await t.sys.task.closed;
  expect(await rejection(lab.echo(1))).toMatchObject({ handled: 'no' });
  expect(await near.echo('inline needs no broker')).toBe('inline needs no broker');
});

function isCertain(outcome: object): boolean {
  return 'reason' in outcome && (outcome.reason as { handled?: string }).handled === 'no';
}
