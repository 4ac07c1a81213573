import { expect, test } from 'vitest';
import { DriverPort } from '../../src/driver/driver-port.ts';
import { beginMsg, doMsg, replyMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call } from '../../src/task/index.ts';
import { until } from '../support/until.ts';
import { pairOf } from './pair.ts';
import { Rig } from './rig.ts';

test('bodies of garbage bytes pass between two tasks untouched: the broker does not look', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const { name } = port;
  const serving = (async () => {
    for await (const msg of port) {
      msg.result = msg.body;
      replyMsg(msg, 0);
    }
  })();
  for (const size of [0, 1, 100, 5_000, 65_536, 3_000_000]) {
    const garbage = Buffer.concat(Array.from({ length: Math.ceil(size / 65_536) }, () => rig.host.random(65_536)));
    const body = new Uint8Array(garbage.subarray(0, size));
    const call = new Call(7, body);
    call.raw = true;
    expect(await doMsg(right, call)).toBe(0);
    expect(Buffer.compare(call.result as Uint8Array, body)).toBe(0);
  }
  expect(server.ports.has(name)).toBe(true);
  port.destroy();
  await serving;
});

test('messages that nobody has received are the kernel’s: a drain hands them back in order, and they come again', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const calls = ['a', 'b', 'c', 'd'].map((text) => new Call(1, text));
  for (const call of calls) beginMsg(right, call);

  const first = await port.receive();
  expect(first.body).toBe('a');
  const status = () => server.calls.call('port_get_receive_status', { name: port.name });
  // What was sent before has all been delivered, and still counts as queued.
  expect(await status()).toMatchObject({ seqno: 1, msgcount: 3 });

  expect(await rig.broker.drain(server.welcome.task, port.name)).toBe(1);
  await expect(port.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
  expect(await status()).toMatchObject({ seqno: 1, msgcount: 3 });

  // What was taken is the task's own, also to be answered.
  first.result = 1;
  replyMsg(first, 0);
  server.calls.post('serve', { name: port.name });
  for (const text of ['b', 'c', 'd']) {
    const msg = await port.receive();
    expect(msg.body).toBe(text);
    msg.result = text;
    replyMsg(msg, 0);
  }
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual([0, 0, 0, 0]);
  expect(calls.map(({ result }) => result)).toEqual([1, 'b', 'c', 'd']);
});

test('a message that comes while a port is drained is neither lost nor doubled', async () => {
  await using rig = await Rig.start();
  const { client, server, port, right } = await pairOf(rig);
  const calls: Call[] = [];
  const send = (): void => {
    const call = new Call(1, calls.length);
    calls.push(call);
    beginMsg(right, call);
  };
  for (let i = 0; i < 8; i += 1) send();
  await client.calls.call('port_names', {});
  const drained = rig.broker.drain(server.welcome.task, port.name);
  for (let i = 0; i < 8; i += 1) send();
  expect(await drained).toBe(0);
  server.calls.post('serve', { name: port.name });
  for (let i = 0; i < 16; i += 1) {
    const msg = await port.receive();
    expect(msg.body).toBe(i);
    replyMsg(msg, 0);
  }
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual(calls.map(() => 0));
  await expect(port.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
});

test('a drained message still has its own bytes, whatever its sender wrote over the link meanwhile', async () => {
  await using rig = await Rig.start();
  const { client, server, port, right } = await pairOf(rig);
  const precious = new Call(1, 'x'.repeat(1_000));
  beginMsg(right, precious);
  await client.calls.call('port_names', {});
  await rig.broker.drain(server.welcome.task, port.name);
  for (let i = 0; i < 100; i += 1) client.calls.post('port_type', { name: 0xabababab });
  await client.calls.call('port_names', {});
  server.calls.post('serve', { name: port.name });
  const msg = await port.receive();
  expect(msg.body).toBe('x'.repeat(1_000));
  replyMsg(msg, 0);
  expect(await waitMsg(precious)).toBe(0);
});

test('calls that a serial driver has queued are handed back too, and run once', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const started: unknown[] = [];
  let finish: () => void = () => undefined;
  const work = (n: unknown): Promise<void> => {
    started.push(n);
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  port.serveTaking(new DriverPort(new Map([[1, work]]), { serial: true, onOneWayError: () => undefined }));
  const calls = [0, 1, 2, 3].map((n) => new Call(1, n));
  for (const call of calls) beginMsg(right, call);
  await until(() => started.length === 1);

  expect(await rig.broker.drain(server.welcome.task, port.name)).toBe(1);
  finish();
  expect(await waitMsg(calls[0] ?? new Call(0, 0))).toBe(0);
  // The driver is idle, and what it had queued is not its own any more.
  await server.calls.call('port_names', {});
  expect(started).toEqual([0]);

  server.calls.post('serve', { name: port.name });
  for (const n of [1, 2, 3]) {
    await until(() => started.length === n + 1);
    finish();
  }
  expect(await Promise.all(calls.slice(1).map((call) => waitMsg(call)))).toEqual([0, 0, 0]);
  expect(started).toEqual([0, 1, 2, 3]);
});

test('what cannot be drained says why', async () => {
  await using rig = await Rig.start();
  const { client, server, port, right } = await pairOf(rig);
  await expect(rig.broker.drain(99, 1)).rejects.toMatchObject({ code: 'KERN_INVALID_TASK' });
  await expect(rig.broker.drain(server.welcome.task, 0x7777)).rejects.toMatchObject({ code: 'KERN_INVALID_NAME' });
  const drained = rig.broker.drain(server.welcome.task, port.name);
  await expect(rig.broker.drain(server.welcome.task, port.name)).rejects.toMatchObject({
    code: 'KERN_INVALID_ARGUMENT',
  });
  server.link.destroy();
  await expect(drained).rejects.toMatchObject({ code: 'KERN_INVALID_TASK' });
  expect(right.isReleased).toBe(false);
  await client.dispose();
});
