import { make, move, type ReceiveRight, type SendRight } from 'easync';
import { describe, expect, test } from 'vitest';
import { Lab, LAB } from '../../support/lab.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';

describe('a look-up that waits', () => {
  test('is answered when the name is published, together with all others', async () => {
    await using t = await testSystem();
    const { names, task } = t.sys;
    const gone = new AbortController();
    const aborted = rejection(names.lookUp({ name: 'later', wait: true }, { signal: gone.signal }));
    const waiting = [1, 2, 3].map(() => names.lookUp({ name: 'later', wait: true }));
    gone.abort();
    expect(await aborted).toMatchObject({ code: 'EINTR', object: 'later' });
    const port = task.allocate({ label: 'later' });
    await names.checkIn({ name: 'later', port: make.send(port) });
    for (const { port: found } of await Promise.all(waiting)) found.deallocate();
    port.destroy();
    await until(async () => (await names.list()).length === 1);
  });

  test('ends with EINTR also if it was aborted while it was queued', async () => {
    await using t = await testSystem();
    // More than the delivery window: the kernel still has the rest when the abort comes.
    const calls = Array.from({ length: 200 }, () =>
      rejection(t.sys.names.lookUp({ name: 'nobody', wait: true }, { signal: AbortSignal.abort() })),
    );
    const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
    expect([...codes]).toEqual(['EINTR']);
  });
});

describe.each(['checkIn', 'register'] as const)('%s', (publish) => {
  test.each([
    ['no right', () => 'a string'],
    ['nothing', () => undefined],
    ['a send-once right', (port: ReceiveRight) => make.sendOnce(port)],
  ])('refuses %s in place of the port with EINVAL, and the name stays good', async (_what, instead) => {
    await using t = await testSystem();
    const { names, task } = t.sys;
    const port = task.allocate({ label: 'service' });
    const found = names.lookUp({ name: 'service', wait: true });
    const wrong = instead(port) as SendRight;
    expect(await rejection(names[publish]({ name: 'service', port: wrong }))).toMatchObject({ code: 'EINVAL' });
    await names[publish]({ name: 'service', port: make.send(port) });
    (await found).port.deallocate();
    port.destroy();
    await until(async () => (await names.list()).length === 1);
  });

  test.each([undefined, null, 7, 'text', {}])('refuses arguments that are %j with EINVAL', async (args) => {
    await using t = await testSystem();
    expect(await rejection(t.sys.names[publish](args as never))).toMatchObject({ code: 'EINVAL' });
  });

  test.each(['', 7, 'x'.repeat(256)])('refuses a bad name and gives the right back', async (name) => {
    await using t = await testSystem();
    using port = t.sys.task.allocate({ label: 'service' });
    const refused = t.sys.names[publish]({ name: name as string, port: make.send(port) });
    expect(await rejection(refused)).toMatchObject({ code: 'EINVAL' });
    await until(() => !port.hasSenders);
  });

  test('takes a port that is dead already for none: who waits goes on waiting', async () => {
    await using t = await testSystem();
    const { names, task } = t.sys;
    using lab = await t.sys.open(Lab, LAB, { place: 'process' });
    const { port: sub } = await lab.sub();
    const found = names.lookUp({ name: 'service', wait: true });
    await lab.closeSub();
    await names[publish]({ name: 'service', port: move(sub) });
    expect(await names.list()).toEqual(['bootstrap']);
    const port = task.allocate({ label: 'service' });
    await names[publish]({ name: 'service', port: make.send(port) });
    (await found).port.deallocate();
    port.destroy();
    await until(async () => (await names.list()).length === 1);
  });
});

test('a look-up without a name is refused with EINVAL', async () => {
  await using t = await testSystem();
  expect(await rejection(t.sys.names.lookUp(undefined as never))).toMatchObject({ code: 'EINVAL' });
});

test('checkOut takes a name back from the port that has it, and from no other', async () => {
  await using t = await testSystem();
  const { names, task } = t.sys;
  using port = task.allocate({ label: 'service' });
  using other = task.allocate({ label: 'other' });
  await names.checkIn({ name: 'service', port: make.send(port) });
  const refusal = { code: 'ENONAME', object: 'service' };
  expect(await rejection(names.checkOut({ name: 'service', port: make.send(other) }))).toMatchObject(refusal);
  expect(await names.list()).toContain('service');
  await names.checkOut({ name: 'service', port: make.send(port) });
  expect(await names.list()).not.toContain('service');
  expect(await rejection(names.checkOut({ name: 'service', port: make.send(port) }))).toMatchObject(refusal);
  // The port lives on, and the name is free.
  await names.checkIn({ name: 'service', port: make.send(port) });
  await names.checkOut({ name: 'service', port: make.send(port) });
});
